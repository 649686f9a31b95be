"""A process that solves, seen from the server."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from layout_opt.serving.worker import Done, Order, Step, work

ENDING = 6.0  # seconds that a process has to end by itself
ENDED = "the process that solved it has ended"


class Worker:
    """A process that has imported what a solve needs; it takes one order after another."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._connection, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(theirs,), daemon=True)
        with _deaf():
            self._process.start()
        theirs.close()
        self.over = False  # whether it takes no more orders

    def take(self, order: Order) -> None:
        self._tell(order)

    def stop(self) -> None:
        """Ask the solve to stop with the best plan so far. The process takes no order after that."""
        self.over = True
        self._tell("stop")

    def heard(self) -> list[Step | Done]:
        """What the process has said since this was asked last; the end of the process is a solve that has ended, too."""
        found: list[Step | Done] = []
        try:
            while self._connection.poll():
                found.append(self._connection.recv())
        except (EOFError, OSError):
            self.over = True
            found.append(Done(ENDED))
        return found

    def hang_up(self) -> None:
        """Close the connection, which ends the process."""
        self._connection.close()

    def end(self, patience: float = ENDING) -> None:
        """See the process end, by force once `patience` seconds are over."""
        self._process.join(patience)
        self._process.kill()
        self._process.join()
        self._connection.close()

    def _tell(self, message: object) -> None:
        try:
            self._connection.send(message)
        except OSError:
            self.over = True


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started here do not hear Ctrl-C on the terminal; this one hears it a little later."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
