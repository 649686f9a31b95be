"""Long work that Ctrl-C stops, and what an expert reads of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import highspy

from layout_opt.solver.compiled import silent
from layout_opt.solver.outcome import Progress, relative_gap

T = TypeVar("T")
WORKERS = min(2, os.cpu_count() or 1)
# After these the bound that HiGHS states is one; infinite where it has none yet.
BOUNDED = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt)


def interruptible(work: Callable[[threading.Event], T]) -> tuple[T, bool]:
    """Do the work in a thread, so that Ctrl-C reaches this one; it then sets the event, which asks the work to stop.

    Returns what the work returns, and whether it was asked to stop. What the work raises is raised here. Ctrl-C is heard by a handler rather
    than as an exception, which could come up inside a finaliser and be lost there.
    """
    stop, done, asked = threading.Event(), threading.Event(), threading.Event()
    result: list[T] = []
    fault: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work(stop))
        except BaseException as error:
            fault.append(error)
        finally:
            done.set()

    def heard(*_: object) -> None:
        asked.set()
        stop.set()

    hears = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    before = signal.signal(signal.SIGINT, heard) if hears else None
    try:
        threading.Thread(target=run, daemon=True).start()
        while not done.wait(0.1):
            pass
    finally:
        if hears:
            signal.signal(signal.SIGINT, before or signal.default_int_handler)
    if fault:
        raise fault[0]
    return result[0], asked.is_set()


def heed(highs: highspy.Highs, *stops: threading.Event) -> None:
    """Let HiGHS stop once one of the events is set."""

    def watch(event: Any) -> None:
        if any(stop.is_set() for stop in stops):
            event.interrupt()

    for channel in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        channel.subscribe(watch)


def watched(*stops: threading.Event) -> highspy.Highs:
    """A HiGHS object that prints nothing, works in one thread and stops once one of the events is set."""
    highs = silent()
    highs.setOptionValue("threads", 1)
    heed(highs, *stops)
    return highs


def peak_memory() -> float:
    """Largest memory this process has held so far, in MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


@dataclass
class Journal:
    """The log of a solve: a line per step, and the live progress."""

    progress: Progress
    file: Path | None = None
    began: float = field(default_factory=time.perf_counter)
    lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._write(f"{'phase':<24}{'columns':>9}{'rows':>9}{'bound':>18}{'plan':>18}{'gap':>10}{'seconds':>9}{'MB':>7}")

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def note(self, phase: str, columns: int, rows: int, bound: float, plan: float | None) -> None:
        """Write a line and tell the progress."""
        known = None if abs(bound) == float("inf") else bound
        gap = None if known is None or plan is None else relative_gap(plan, known)
        figures = [f"{'-' if v is None else format(v, ',.2f'):>18}" for v in (known, plan)]
        share = "-" if gap is None else f"{gap:.4%}"
        self._write(f"{phase:<24}{columns:>9}{rows:>9}{''.join(figures)}{share:>10}{self.seconds:>9.1f}{peak_memory():>7.0f}")
        self.progress(self.seconds, known, plan, gap)

    def say(self, text: str) -> None:
        """Write a line of words."""
        self._write(text)

    def _write(self, line: str) -> None:
        if self.file is None:
            return
        with self.lock, self.file.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
