"""Solves in the background: no more at once than allowed, cancelled while they wait, ended when nobody waits or their process dies."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from layout_opt.definition import load_definition
from layout_opt.instance import Instance
from layout_opt.serving import jobs as background
from layout_opt.serving.jobs import Job, Jobs
from layout_opt.serving.worker import Search
from layout_opt.solving import load_instance, solve
from tests.hard import hard_problem

SEARCH = Search(1e-4, 60.0, 0)
PATIENCE = 60  # seconds


async def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not done():
            await asyncio.sleep(0.02)


def test_one_after_another_where_one_place_is(tiny: Instance, tmp_path: Path) -> None:
    """The second waits for the first and uses its process; the third is cancelled while it waits; what was solved is known.

    The second has a fault that shows only when the model is built.
    """
    settings = ("objective.relocation_cost=-0.2", "policies.barriers.strength=0", "objective.relocation_cost=-0.4")
    definitions = [load_definition("reference", [setting]) for setting in settings]

    async def solved() -> list[Job]:
        jobs = Jobs(tmp_path, most=1)
        try:
            first, second, third = [jobs.begin(tiny, definition, SEARCH) for definition in definitions]
            await until(lambda: first.phase == "solving")
            assert [job.phase for job in (second, third)] == ["waiting", "waiting"]
            assert [jobs.ahead(job) for job in (first, second, third)] == [0, 1, 2]
            third.stop()
            await until(lambda: second.phase == "done")
            assert jobs.known(first.key) is first
            assert jobs.known(third.key) is None
            assert len(multiprocessing.active_children()) == 1
            return [first, second, third]
        finally:
            jobs.close()

    first, second, third = asyncio.run(solved())
    assert first.run is not None
    assert first.run.info["objective"] == pytest.approx(solve(tiny, definitions[0]).info["objective"])
    assert second.run is None
    assert "policies.barriers: the policy would do nothing" in second.message
    assert (third.phase, third.run, third.message, third.began) == ("done", None, "", None)
    assert multiprocessing.active_children() == []


def test_without_anybody_or_without_its_process_a_solve_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that comes back in time finds its solve; one that does not has it ended; a process that dies is said to have."""
    instance, model = hard_problem(tmp_path / "facts")
    definition, endless = load_definition(model), Search(0.0, 600.0, 0)
    monkeypatch.setattr(background, "ALONE", 0.5)

    async def ended() -> tuple[Job, Job]:
        jobs, facts = Jobs(tmp_path / "runs"), load_instance(instance)
        try:
            left, killed = (jobs.begin(facts, definition, endless) for _ in range(2))
            await until(lambda: None not in (left.step.plan, killed.step.plan))
            assert jobs.known(left.key) is None
            left.leave()
            assert jobs.known(left.key) is left
            left.join()
            assert jobs.known(left.key) is None
            left.leave()
            await until(lambda: left.phase == "done")
            [process] = multiprocessing.active_children()
            process.kill()
            await until(lambda: killed.phase == "done")
            return left, killed
        finally:
            jobs.close()

    left, killed = asyncio.run(ended())
    assert (left.run, left.message) == (None, "")
    assert (killed.run, killed.message) == (None, "the process that solved it has ended")
    assert multiprocessing.active_children() == []
