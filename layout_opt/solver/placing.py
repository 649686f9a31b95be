"""The engine for models that say in which region each indivisible industry stands (`layout_opt.solver.placing_model`): plans by search, then proof.

- no linkages: tabu search or stages (`placing_starts`), a bound by prices (`placing_prices`) where openings are free, HiGHS on what the model
  comes down to, sub-MIPs in the time that is left;
- linked industries of which each region takes one: tabu search, then branch and bound (`proving`);
- other linked industries: tabu search, a bound by dual ascent (`placing_bound`), then HiGHS on the whole model with that start.

Every bound holds for the whole problem: where it says nothing of plans that leave an industry out, it is at most what these cost at least.
"""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from layout_opt.build import Built
from layout_opt.solver.compiled import Compiled, compile_built
from layout_opt.solver.direct import box_bound, polish, row_prices, solve_direct
from layout_opt.solver.outcome import PROVEN, Outcome, Progress, Status, quiet, relative_gap
from layout_opt.solver.places import Best, Places, Problem
from layout_opt.solver.placing_bound import ascend
from layout_opt.solver.placing_model import recognise, suits
from layout_opt.solver.placing_parts import solve as solve_program
from layout_opt.solver.placing_prices import price
from layout_opt.solver.placing_search import greedy, search
from layout_opt.solver.placing_starts import improve, staged
from layout_opt.solver.proving import prove
from layout_opt.solver.running import Journal, interruptible

FITS = 1e-9
QUICK = 3.0  # seconds of a first try
STALE = 0.5  # seconds of search without a better plan, at least, before proof begins
SMALL = 16  # industries up to which branch and bound is worth more time than search
START = 0.25  # share of the time for plans to begin with
MIP = {True: 0.6, False: 0.3}  # share of what is then left for HiGHS, where opening regions costs money or not: the rest is for sub-MIPs
LONGEST = 60.0  # seconds for plans to begin with
PRICING = 20.0  # seconds for the bound by prices
HOPELESS = 500  # columns a second beyond which HiGHS gets no further than its start


def solve(
    built: Built, gap: float = PROVEN, time_limit: float | None = None, seed: int = 0, progress: Progress = quiet, log: Path | None = None
) -> Outcome | None:
    """Solve a model of this kind and load the plan into its Pyomo variables; None for a model of another kind.

    The arguments are those of `solve_direct`.
    """
    began = time.monotonic()
    if not suits(built):
        return None
    compiled = compile_built(built)
    places = recognise(built, compiled)
    if places is None:
        return None
    task = Task(built, compiled, places, gap, time_limit, seed, Journal(progress, log), began)
    _, task.interrupted = interruptible(task.run)
    found = None
    if not task.interrupted and task.open:
        start = places.start(task.best.place) if math.isfinite(task.best.value) else None
        found = solve_direct(built, gap, None if math.isinf(task.left) else task.left, seed, task.later(), log, start)
    return task.outcome(found)


@dataclass
class Task:
    """One solve: what is asked, and the best plan so far. `open`: the whole model is still to be solved by HiGHS."""

    built: Built
    compiled: Compiled
    places: Places
    gap: float
    limit: float | None
    seed: int
    journal: Journal
    began: float
    interrupted: bool = False
    open: bool = False
    nodes: int = 0
    best: Best = field(init=False)

    def __post_init__(self) -> None:
        self.best = Best(greedy(self.places.problem, self.seed), told=self.tell)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return math.inf if self.limit is None else max(self.limit - (time.monotonic() - self.began), 0.0)

    def some(self, share: float, most: float = LONGEST) -> float:
        """Seconds: a share of what is left, at most so many."""
        return min(share * self.left, most)

    @property
    def ceiling(self) -> float:
        """The bound in terms of the model."""
        return min(self.places.worth - min(self.best.bound, self.places.without), box_bound(self.compiled.core))

    def tell(self, best: Best) -> None:
        """Progress in terms of the model."""
        plan = self.places.worth - best.value if math.isfinite(best.value) else None
        gap = None if plan is None else relative_gap(plan, self.ceiling)
        self.journal.progress(time.monotonic() - self.began, self.ceiling, plan, gap)

    def note(self, phase: str) -> None:
        """A line of the log."""
        plan, size = self.places.worth - self.best.value, self.compiled.core.size
        self.journal.note(phase, size["columns"], size["rows"], self.ceiling, plan if math.isfinite(plan) else None)

    def later(self) -> Progress:
        """Progress of a solve that begins now."""
        spent, progress = time.monotonic() - self.began, self.journal.progress

        def told(seconds: float, bound: float | None, plan: float | None, gap: float | None) -> None:
            progress(spent + seconds, bound, plan, gap)

        return told

    def run(self, stop: threading.Event) -> None:
        """Search and proof, as far as they go without the whole model."""
        self.best.stop = stop
        square = self.places.problem.square() if self.places.problem.linked else None
        if not self.places.problem.linked:
            self.assign()
        elif square is None:
            self.link()
        else:
            self.match(square)

    def assign(self) -> None:
        """Without linkages: a first try, plans to begin with, HiGHS, sub-MIPs."""
        p, best = self.places.problem, self.best
        search(p, best, self.some(START, QUICK / 3), self.seed, STALE)
        self.note("search")
        if self.program(self.some(START, QUICK)) or best.stop.is_set():
            return
        if p.opening.any():
            staged(p, best, self.some(START), self.seed)
            improve(p, best, self.some(START), self.seed)
            self.note("stages")
        else:
            price(p, best, self.some(START, PRICING))
            self.note("prices")
        if math.isinf(best.value) or self.places.without < best.value:  # nothing fits yet, or leaving an industry out may pay
            self.open = True
        elif not self.program(self.left if math.isinf(self.left) else MIP[bool(p.opening.any())] * self.left):
            improve(p, best, self.left, self.seed)
            self.note("neighbourhoods")

    def program(self, seconds: float) -> bool:
        """HiGHS on the problem; whether the plan is within the gap of the bound."""
        p, best = self.places.problem, self.best

        def report(out: Any) -> None:
            best.bound = max(best.bound, out.mip_dual_bound)
            best.told(best)

        start = best.place if math.isfinite(best.value) else None
        found = solve_program(p, seconds, start=start, gap=self.gap, seed=self.seed, stop=best.stop, report=report)
        if found is None:
            return False
        best.bound = max(best.bound, found.bound)
        if p.excess(found.place) <= FITS:
            best.take(found.place, p.value(found.place))
        self.nodes += found.nodes
        self.note("tree")
        return relative_gap(self.places.worth - best.value, self.ceiling) <= self.gap

    def link(self) -> None:
        """With linkages, regions that take several: tabu search, and a bound by dual ascent."""
        p, best = self.places.problem, self.best
        hopeless = self.compiled.core.size["columns"] > HOPELESS * self.left
        ascent = self.some(START)
        search(p, best, max(self.left - ascent, 0.0) if hopeless else self.some(START), self.seed, math.inf if hopeless else 2 * STALE)
        self.note("search")
        ascend(p, best, ascent)
        self.note("dual ascent")
        self.open = not hopeless or math.isinf(best.value)

    def match(self, square: Problem) -> None:
        """With linkages, one industry to a region: tabu search, then branch and bound."""
        m, small = len(square.cost), len(square.cost) <= SMALL
        search(self.places.problem, self.best, self.some(START if small else 2 * START), self.seed, STALE if small else math.inf)
        self.note("search")
        place = np.append(self.best.place, np.setdiff1d(np.arange(m), self.best.place))
        best = Best(place, square.value(place), told=self.follow, stop=self.best.stop)
        self.nodes = prove(square, best, self.left, self.gap)
        self.follow(best)
        self.note("branch and bound")

    def follow(self, best: Best) -> None:
        """What is known of the square problem holds for the problem itself."""
        self.best.bound = max(self.best.bound, best.bound)
        self.best.take(best.place[: len(self.best.place)], best.value)
        self.tell(self.best)

    def outcome(self, found: Outcome | None) -> Outcome | None:
        """The better of what HiGHS found (which stands in the model) and the best plan, with the best bound; None without a plan."""
        worth, ceiling = self.places.worth - self.best.value, self.ceiling
        if found is not None:
            self.nodes += found.nodes
            ceiling = min(ceiling, math.inf if found.bound is None else found.bound)
            if found.objective is None and not math.isfinite(worth):
                return dataclasses.replace(found, engine="placing")
            if found.objective is not None and found.objective >= worth - FITS * abs(worth):
                gap = relative_gap(found.objective, ceiling)
                return dataclasses.replace(found, status=_status(gap), bound=ceiling, gap=gap, engine="placing", nodes=self.nodes)
        if not math.isfinite(worth):
            return Outcome("no_plan", interrupted=True, engine="placing", size=self.compiled.whole.size) if self.interrupted else None
        whole = self.compiled.whole
        values, objective, duals = polish(whole, self.places.start(self.best.place), math.nan)
        if math.isnan(objective):
            return None
        self.compiled.keep(values, self.compiled.arcs)
        gap, prices = relative_gap(objective, ceiling), row_prices(self.built, self.compiled, duals)
        return Outcome(_status(gap), objective, ceiling, gap, self.interrupted, engine="placing", size=whole.size, prices=prices, nodes=self.nodes)


def _status(gap: float) -> Status:
    return "optimal" if gap <= PROVEN else "feasible"
