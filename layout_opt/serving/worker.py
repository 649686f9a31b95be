"""The process that solves one scenario for the page: it waits for its order, tells how it gets on, and stops when it is told to."""

from __future__ import annotations

import _thread
import contextlib
import os
import queue
import signal
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from layout_opt.definition import Definition
from layout_opt.errors import LayoutError
from layout_opt.instance import Instance

TRIES, PAUSE = 50, 0.1  # how often, and how many seconds apart, a process asks itself to end


@dataclass(frozen=True)
class Search:
    """How far to search: the relative gap, seconds of solving, and the seed of the solver."""

    gap: float
    limit: float | None
    seed: int


@dataclass(frozen=True)
class Order:
    """What to solve, and the folder to write the run into."""

    instance: Instance
    definition: Definition
    search: Search
    folder: Path


@dataclass(frozen=True)
class Step:
    """Bound, plan and gap so far; None while there is none."""

    bound: float | None
    plan: float | None
    gap: float | None


@dataclass(frozen=True)
class Done:
    """A solve has ended; `message` says why there is no run, "" where there may be one."""

    message: str = ""


def work(connection: Connection) -> None:
    """Solve what is ordered through the connection, one after another: steps go back as they are made, then `Done`.

    The word "stop" asks the solve to stop, as Ctrl-C does. The process ends where the other end of the connection is gone.
    """
    import layout_opt.solving  # noqa: F401 - slow, and nobody waits for it yet

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, orders), daemon=True).start()
    with contextlib.suppress(OSError, KeyboardInterrupt):
        while (order := orders.get()) is not None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            done = _solve(connection, order)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            connection.send(done)


def _solve(connection: Connection, order: Order) -> Done:
    from layout_opt.solving import solve

    def progress(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:  # noqa: ARG001 - the page counts itself
        with contextlib.suppress(OSError):
            connection.send(Step(bound, plan, gap))

    asked = order.search
    order.folder.parent.mkdir(parents=True)
    tempfile.tempdir = str(order.folder.parent)  # so that nothing is left where the process is ended
    try:
        solve(
            order.instance,
            order.definition,
            gap=asked.gap,
            time_limit=asked.limit,
            seed=asked.seed,
            out=order.folder,
            progress=progress,
        )
    except LayoutError as error:
        return Done(str(error))
    except KeyboardInterrupt:
        return Done()
    except Exception as error:  # a fault in one scenario must not go unsaid
        return Done(f"{type(error).__name__}: {error}")
    return Done()


def _listen(connection: Connection, orders: queue.SimpleQueue[Order | None]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            heard = connection.recv()
            if isinstance(heard, Order):
                orders.put(heard)
            else:
                _thread.interrupt_main()
    orders.put(None)
    for _ in range(TRIES):  # the first ends the search, the next what follows it
        _thread.interrupt_main()
        time.sleep(PAUSE)
    os._exit(1)
