"""Solves in the background: each in a process of its own, no more at once than the machine has cores, ended when nobody waits for them."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from layout_opt.definition import Definition
from layout_opt.instance import Instance
from layout_opt.runs import Run, read_run
from layout_opt.serving.processes import Worker
from layout_opt.serving.worker import Done, Order, Search, Step

Phase = Literal["waiting", "solving", "stopping", "done"]
TICK = 0.1  # seconds between two looks at a process
ALONE = 10.0  # seconds that a solve goes on while nobody waits for it: longer than a page takes to load again

Key = tuple[str, str, Search]


def key_of(instance: Instance, definition: Definition, search: Search) -> Key:
    """What makes two solves the same."""
    return instance.sha256, definition.model_dump_json(), search


@dataclass(eq=False)
class Job:
    """One scenario that is to be solved, is being solved, or was: `run` is what came of it, `message` says why nothing did."""

    order: Order
    phase: Phase = "waiting"
    step: Step = Step(None, None, None)  # noqa: RUF009 - frozen
    run: Run | None = None
    message: str = ""
    began: float | None = None
    ended: float | None = None
    left: float | None = None  # when the page that waited for it went

    @property
    def key(self) -> Key:
        return key_of(self.order.instance, self.order.definition, self.order.search)

    @property
    def seconds(self) -> float:
        """Since the solve began."""
        return 0.0 if self.began is None else (self.ended or time.monotonic()) - self.began

    @property
    def searched(self) -> bool:
        """Whether it went on to its end: nobody need solve the same again."""
        return self.run is not None and not self.run.info["interrupted"]

    @property
    def abandoned(self) -> bool:
        return self.left is not None and time.monotonic() - self.left > ALONE

    def stop(self) -> None:
        """Ask it to stop; the best plan so far is kept, if there is one."""
        if self.phase == "waiting":
            self.end()
        elif self.phase == "solving":
            self.phase = "stopping"

    def leave(self) -> None:
        """The page that waited for it is gone."""
        self.left = time.monotonic()

    def join(self) -> None:
        """A page waits for it, again."""
        self.left = None

    def end(self) -> None:
        self.ended, self.phase = time.monotonic(), "done"


class Jobs:
    """All solves of a server. Their runs are written into numbered folders below `folder`."""

    def __init__(self, folder: Path, most: int | None = None) -> None:
        self.folder = folder
        self.most = most or os.cpu_count() or 1
        self.all: list[Job] = []
        self._places = asyncio.Semaphore(self.most)
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []

    def begin(self, instance: Instance, definition: Definition, search: Search) -> Job:
        """Solve a definition as soon as a core is free."""
        job = Job(Order(instance, definition, search, self.folder / str(next(self._numbers)) / definition.name))
        self.all.append(job)
        task = asyncio.get_running_loop().create_task(self._carry_out(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def known(self, key: Key) -> Job | None:
        """A job of the same scenario that was searched to its end, else one that goes on while no page waits for it."""
        same = [job for job in self.all if job.key == key]
        left = (job for job in same if job.phase != "done" and job.left is not None)
        return next((job for job in same if job.searched), None) or next(left, None)

    def ahead(self, job: Job) -> int:
        """How many solves began or were asked for before a job, and are not done."""
        return sum(other.phase != "done" for other in self.all[: self.all.index(job)])

    def prepare(self) -> None:
        """Start a process before it is needed: its imports take longer than many a solve."""
        self._workers.append(Worker())
        self._idle.append(self._workers[-1])

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.hang_up()
        for worker in self._workers:
            worker.end()

    async def _carry_out(self, job: Job) -> None:
        async with self._places:
            try:
                if job.phase == "waiting" and not job.abandoned:
                    await self._solve(job)
            except Exception as error:  # the page says what went wrong; the server goes on
                job.message = job.message or f"{type(error).__name__}: {error}"
            job.end()

    async def _solve(self, job: Job) -> None:
        if not self._idle:
            self.prepare()
        worker = self._idle.pop()
        worker.take(job.order)
        job.phase, job.began = "solving", time.monotonic()
        job.message = await self._followed(job, worker)
        if worker.over:
            self._workers.remove(worker)
            worker.hang_up()
            await asyncio.to_thread(worker.end)
        else:
            self._idle.append(worker)
        if job.order.folder.is_dir():
            job.run = await asyncio.to_thread(read_run, job.order.folder)

    async def _followed(self, job: Job, worker: Worker) -> str:
        """Until the solve ends: take in what is said of it, and pass on what the page asks. Returns why there is no run, if there is none."""
        while True:
            for said in worker.heard():
                if isinstance(said, Done):
                    return said.message
                job.step = said
            if job.phase == "stopping" and not worker.over:
                worker.stop()
            if job.abandoned:
                worker.over = True
                return ""
            await asyncio.sleep(TICK)
