"""Recheck a finished plan from the tables: balances, lots and integrality here, limits through the policies' pandas rechecks.

No value is taken from the model or the solver: facts come from the instance's tables, the plan from `layout.csv` and `transfers.csv`. Every
other table, and the status, bound and gap of run.json, are held against what follows from them. What this cannot prove: that the bound is
valid (another solver can, from `--export`), the prices, and that definition and facts are the ones that were meant (their hash and text are
in run.json).
Symbols are those of `layout_opt.core`. A violation is relative to max(1, |right-hand side|); a plan passes at `TOLERANCE`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout_opt.definition import Core, Definition
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, Plan, item, plan_from_tables
from layout_opt.policy import Policy, contributed, forced_exits, objective_weights
from layout_opt.results import result_tables
from layout_opt.solver.outcome import PROVEN, relative_gap

TOLERANCE = 1e-6
OWN: tuple[tuple[str, float | str], ...] = (("lot", "lot"), ("max_project", math.inf), ("exit_share", 1.0))


@dataclass(frozen=True)
class Check:
    """The worst row of one statement: where it stands and by how much it is violated (relative; 0 where it holds)."""

    statement: str
    period: int | None
    worst: str
    violation: float

    @property
    def passed(self) -> bool:
        return self.violation <= TOLERANCE


@dataclass(frozen=True)
class Verification:
    """All checks of a plan."""

    checks: tuple[Check, ...]

    @property
    def violation(self) -> float:
        """The largest relative violation."""
        return max((c.violation for c in self.checks), default=math.inf)

    @property
    def passed(self) -> bool:
        return self.violation <= TOLERANCE

    @property
    def table(self) -> pd.DataFrame:
        """One row per check, the worst first."""
        rows = [(c.statement, c.period, c.worst, c.violation, c.passed) for c in self.checks]
        frame = pd.DataFrame(rows, columns=["statement", "period", "worst", "violation", "passed"])
        return frame.sort_values("violation", ascending=False, kind="stable").reset_index(drop=True)


def verify_tables(
    instance: Instance, definition: Definition, policies: Sequence[Policy], tables: Mapping[str, pd.DataFrame], info: Mapping[str, Any]
) -> Verification:
    """Check the tables of a run and the status, objective, bound and gap that `info` (run.json) states."""
    layout, transfers = tables["layout"], tables["transfers"]
    malformed = list(_form(instance, definition, layout, transfers))
    if any(not check.passed for check in malformed):
        return Verification(tuple(malformed))
    plan = contributed(plan_from_tables(instance, tables), policies)
    checks = [*malformed, *constraint_checks(plan, definition.core, policies)]
    checks += _objective(plan, definition, policies, tables["objective"], float(info["objective"]))
    checks += _claims(info)
    checks += _derived(plan, definition, policies, tables)
    return Verification(tuple(checks))


def _claims(info: Mapping[str, Any]) -> Iterator[Check]:
    """No plan beats the bound; the gap follows from objective and bound, and the status from the gap."""
    objective, bound, gap = float(info["objective"]), float(info["bound"]), float(info["gap"])
    yield _at_most("bound: the objective does not beat it", None, ["objective"], [objective], [bound])
    follows = gap == relative_gap(objective, bound) or abs(gap - relative_gap(objective, bound)) <= TOLERANCE
    yield Check("gap: follows from objective and bound", None, f"{gap:g}", 0.0 if follows else math.inf)
    proven = info["status"] == ("optimal" if gap <= PROVEN else "feasible")
    yield Check("status: follows from the gap", None, str(info["status"]), 0.0 if proven else math.inf)


def _derived(plan: Plan, definition: Definition, policies: Sequence[Policy], tables: Mapping[str, pd.DataFrame]) -> Iterator[Check]:
    """Every other table and column, worked out again from the plan; only prices cannot be, for they are the solver's."""
    again = result_tables(plan, policies, objective_weights(definition, policies), {})
    for name, expected in again.items():
        stated = tables[name]
        if name == "outcomes":
            stated, expected = _aligned(stated, expected)
        columns = [str(c) for c in expected if c != "price"]
        if len(stated) != len(expected) or not set(columns) <= set(stated):
            yield Check(f"{name}.csv: follows from the plan", None, "rows or columns", math.inf)
            continue
        worst = Check(f"{name}.csv: follows from the plan", None, "", 0.0)
        for column in columns:
            left, right = stated[column].to_numpy(), expected[column].to_numpy()
            if pd.api.types.is_numeric_dtype(expected[column]):
                both = pd.isna(left) & pd.isna(right)
                off = _equal(worst.statement, None, [column] * len(left), np.where(both, 0.0, left), np.where(both, 0.0, right))
            else:
                texts = [["" if pd.isna(value) else str(value) for value in side] for side in (left, right)]
                off = Check(worst.statement, None, column, 0.0 if texts[0] == texts[1] else math.inf)
            worst = max(worst, off, key=lambda check: check.violation)
        yield worst


def _aligned(stated: pd.DataFrame, expected: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables of outcomes with the same rows: an outcome that one of them leaves out is 0 there."""
    keys = ["label", "family", "period", "outcome", "item", "unit"]
    left, right = (table.astype(dict.fromkeys(keys, str)).groupby(keys)["value"].sum() for table in (stated, expected))
    index = left.index.union(right.index)
    return left.reindex(index, fill_value=0.0).reset_index(), right.reindex(index, fill_value=0.0).reset_index()


def constraint_checks(plan: Plan, core: Core, policies: Sequence[Policy]) -> Iterator[Check]:
    """Check a plan against a core, what policies decide and their hard limits, whichever definition the plan was made under."""
    yield from _core(plan, core, policies)
    for policy in policies:
        name = f"{policy.label} ({policy.family})"
        yield from _decisions(plan, policy, f"decisions of {name}")
        for period in plan.periods:
            rows, links = policy.recheck(period), policy.links(period)
            if len(rows) and policy.penalty is None:
                yield _at_most(f"limit of {name}", period.year, rows["row"], rows["use"], rows["bound"])
            if len(links):
                yield _at_most(f"links of {name}", period.year, links["row"], links["use"], links["bound"])


def _decisions(plan: Plan, policy: Policy, statement: str) -> Iterator[Check]:
    """What a policy decides concerns known items, lies within its bounds, is whole where it is binary, and lasts where it is lasting."""
    before: dict[str, pd.Series[float]] = {}
    for period in plan.periods:
        declared = {d.name: d for d in policy.decisions(period.instance, period.year)}
        unknown = [name for label, name in period.decisions if label == policy.label and name not in declared]
        for decision in declared.values():
            stated = period.decisions.get((policy.label, decision.name), pd.Series(dtype=float))
            items = [item(names) for names in decision.items]
            unknown += sorted(set(stated.index) - set(items))
            value, bounds = period.decided(policy.label, decision.name, decision.items), decision.bounds()
            yield _at_most(f"{statement}: {decision.name} within its bounds", period.year, items, value, bounds["upper"].clip(upper=1e300))
            yield _at_most(f"{statement}: {decision.name} within its bounds", period.year, items, bounds["lower"].clip(lower=-1e300), value)
            if decision.binary:
                yield _equal(f"{statement}: {decision.name} is 0 or 1", period.year, items, value, value.round())
            if decision.lasting:
                earlier = before.get(decision.name, value).reindex(value.index, fill_value=0.0)
                yield _at_most(f"{statement}: {decision.name} lasts", period.year, items, earlier, value)
            before[decision.name] = value
        if unknown:
            yield Check(f"{statement}: known ones", period.year, unknown[0], math.inf)


def _form(instance: Instance, definition: Definition, layout: pd.DataFrame, transfers: pd.DataFrame) -> Iterator[Check]:
    """The periods are those of the model; every cell stands once in each; numbers are finite and not negative; names are known."""
    expected = set(definition.periods or instance.manifest.periods)
    right = set(layout["period"]) == expected and set(transfers["period"]) <= expected
    yield Check("periods are those of the model", None, "", 0.0 if right else math.inf)
    numbers = ["output_before", "output_after", "released", "received", "built", "closed", "project"]
    lowest = min(float(layout[numbers].min().min()), float(transfers["output"].min()) if len(transfers) else 0.0)
    finite = bool(np.isfinite(layout[numbers].to_numpy(dtype=float)).all() and np.isfinite(transfers["output"].to_numpy(dtype=float)).all())
    yield Check("numbers are finite", None, "", 0.0 if finite else math.inf)
    yield Check("numbers are not negative", None, f"{lowest:g}", max(0.0, -lowest))
    for year, rows in layout.groupby("period"):
        index = pd.MultiIndex.from_frame(rows[["industry", "region"]])
        complete = index.is_unique and set(index) == set(instance.cells)
        yield Check("every cell stands once", int(str(year)), "", 0.0 if complete else math.inf)
    ends = set(transfers["origin"]) | set(transfers["destination"])
    known = ends <= set(instance.regions.index) and set(transfers["industry"]) <= set(instance.industries.index)
    yield Check("transfers name known regions and industries", None, "", 0.0 if known else math.inf)


def _core(plan: Plan, core: Core, policies: Sequence[Policy]) -> Iterator[Check]:
    instance = plan.instance
    stock = instance.stock
    cells = [f"{k}|{r}" for k, r in stock.index]
    facts = instance.industries.reindex(stock.index.get_level_values("industry"))
    share, indivisible = (facts[c].to_numpy() for c in ("relocatable_share", "indivisible"))
    lot, largest, leaving = (_own(instance, column, otherwise).to_numpy() for column, otherwise in OWN)
    lumpy = (lot > 0) & ~indivisible
    before, released, gone = stock, 0 * stock, 0 * stock
    for period in plan.periods:
        c, year, flows = period.cells, period.year, period.flows
        released = released + c["released"]
        yield _equal("before: stock or output of the period before", year, cells, c["before"], before)
        yield _equal("balance", year, cells, c["output"], c["before"] - c["released"] - c["closed"] + c["received"] + c["built"])
        yield _equal("departures", year, cells, c["released"], _sums(flows, "origin", stock.index))
        yield _equal("arrivals", year, cells, c["received"], _sums(flows, "destination", stock.index))
        yield _equal("no transfer of a region to itself", year, ["all"], [flows.loc[flows["origin"] == flows["destination"], "output"].sum()], [0.0])
        yield _at_most("stay: released + closed <= before", year, cells, c["released"] + c["closed"], c["before"])
        yield _at_most("release: within the relocatable share", year, cells, released, share * stock)
        gone = gone + c["released"] + c["closed"]
        kept = np.where(indivisible & (leaving == 1), math.inf, leaving * stock)
        yield _at_most("leave: within the share that may go", year, cells, gone, kept)
        ceiling = _ceiling(period, core, indivisible)
        yield _at_most("ceiling", year, cells, c["output"], ceiling)
        yield _at_most("demand: output <= (1 + margin) * demand", year, period.demand.index, _made(period), (1 + core.demand_margin) * period.demand)
        grown = c["received"] + c["built"]
        yield _at_most("lot: no growth without a project", year, cells, np.where(lumpy & (c["project"] == 0), grown, 0.0), 0 * grown)
        yield _at_most("lot: projects reach the smallest size", year, cells, np.where(lumpy & (c["project"] > 0), lot, 0.0), grown)
        if "max_project" in instance.tables.get("cells", ()):
            yield _at_most(
                "lot: projects are within the largest size", year, cells, np.where(lumpy | ((largest == 0) & ~indivisible), grown, 0.0), largest
            )
        yield _at_most("integrality: one project or none", year, cells, (c["project"] - c["project"].round()).abs() + (c["project"] > 1), 0 * grown)
        if not core.round_trips:
            left = np.where(lumpy & (c["project"] > 0), c["released"] + c["closed"], 0.0)
            forced = forced_exits(policies, instance, year).clip(lower=stock - ceiling)
            yield _at_most("one way: a region with a project releases only what is forced out", year, cells, left, forced)
        if indivisible.any():
            whole = period.demand.reindex(stock.index.get_level_values("industry")).to_numpy()
            off = np.where(indivisible, np.minimum(c["output"], (c["output"] - whole).abs()), 0.0)
            yield _at_most("indivisible: whole or not at all", year, cells, off, 0 * off)
            arrived = ((c["output"] > 0) & (c["before"] == 0)).astype(float)
            yield _equal(
                "indivisible: a project where it arrives", year, cells, np.where(indivisible, c["project"], 0.0), arrived.where(indivisible, 0.0)
            )
        before = c["output"]


def _ceiling(period: PeriodPlan, core: Core, indivisible: np.ndarray) -> pd.Series[float]:
    """top[k,r], worked out once more from the tables."""
    stock = period.instance.stock
    industry = stock.index.get_level_values("industry")
    demand = period.demand.reindex(industry).to_numpy()
    national = stock.groupby(level="industry").sum().reindex(industry).to_numpy()
    top = pd.Series(demand * (1 + core.demand_margin), index=stock.index)
    facts = period.instance.industries.reindex(industry)
    local = facts["local"].to_numpy(dtype=bool) if "local" in facts and core.local_growth is not None else np.zeros(len(stock), dtype=bool)
    growth = np.where(local, core.local_growth or 0.0, np.inf if core.growth is None else core.growth)
    even: pd.Series[float] = stock * np.divide(demand, national, out=np.zeros_like(demand), where=national > 0)
    bounded = np.isfinite(growth) & (national > 0) & ~indivisible
    grown = np.maximum(np.where(bounded, growth, 0.0) * even, core.entry * demand)
    top = top.where(~bounded, np.minimum(top, grown)).clip(lower=stock)
    return top.clip(upper=_own(period.instance, "max_output", math.inf))


def _own(instance: Instance, column: str, otherwise: float | str) -> pd.Series[float]:
    """A cell's own fact (table `cells`) where it states one, else a number or a column of the industry."""
    industry = instance.stock.index.get_level_values("industry")
    usual = instance.industries[otherwise].reindex(industry).to_numpy() if isinstance(otherwise, str) else otherwise
    values = pd.Series(usual, index=instance.stock.index, dtype=float)
    if column in instance.tables.get("cells", ()):
        values.update(instance.tables["cells"].set_index(["industry", "region"])[column].dropna())
    return values


def _sums(flows: pd.DataFrame, end: str, cells: pd.Index) -> pd.Series[float]:
    return flows.groupby(["industry", end])["output"].sum().rename_axis(["industry", "region"]).reindex(cells, fill_value=0.0)


def _made(period: PeriodPlan) -> pd.Series[float]:
    return period.output.groupby(level="industry", sort=False).sum()


def _missing(period: PeriodPlan) -> pd.Series[float]:
    """short[k]; a billionth of the demand is rounding of the tables."""
    missing = period.demand - _made(period)
    return missing.where(missing > 1e-9 * period.demand, 0.0)


def _objective(plan: Plan, definition: Definition, policies: Sequence[Policy], table: pd.DataFrame, objective: float) -> Iterator[Check]:
    """Every term once more from the tables, and their weighted sum against the stated objective."""
    stated = table.set_index("term")
    pays = {p.year: len(plan.periods) - number for number, p in enumerate(plan.periods)}
    flows = pd.concat([p.flows.assign(pays=pays[p.year]) for p in plan.periods])
    cells = pd.concat([p.cells.assign(pays=pays[p.year]) for p in plan.periods])
    facts = plan.instance.industries
    k, kf = cells.index.get_level_values("industry"), flows["industry"]
    km = plan.instance.distance.stack().reindex(pd.MultiIndex.from_frame(flows[["origin", "destination"]])).to_numpy() / 1000
    build, fixed = (_own(plan.instance, column, column) for column in ("building_cost", "project_cost"))
    terms = {
        "value_added": (facts["value_added_rate"].reindex(k).to_numpy() * cells["output"]).sum(),
        "relocation_cost": (
            (facts["relocation_cost"].reindex(kf).to_numpy() + facts["distance_cost"].reindex(kf).to_numpy() * km) * flows["output"] * flows["pays"]
        ).sum(),
        "building_cost": (cells["pays"] * (build.reindex(cells.index) * cells["built"] + fixed.reindex(cells.index) * cells["project"])).sum(),
        "closure_cost": (facts["closure_cost"].reindex(k).to_numpy() * cells["closed"] * cells["pays"]).sum(),
        "shortage": sum(_missing(p).sum() for p in plan.periods),
    }
    for policy in policies:
        if policy.term_weight() is not None:
            terms[policy.label] = sum(policy.value(p) for p in plan.periods)
        if policy.penalty is not None:
            rows = pd.concat([policy.recheck(p) for p in plan.periods])
            terms[f"{policy.label}.excess"] = (rows["use"] - rows["bound"]).clip(lower=0).sum()
    complete = set(terms) == set(stated.index)
    yield Check("objective: every term is listed", None, "", 0.0 if complete else math.inf)
    if complete:
        yield _equal("objective: terms", None, list(terms), list(terms.values()), stated["value"].reindex(list(terms)))
        weights = objective_weights(definition, policies)
        yield _equal("objective: weights of the definition", None, list(terms), stated["weight"].reindex(list(terms)), [weights[t] for t in terms])
        weight = dict(zip(stated.index, stated["weight"], strict=True))
        weighted = sum(weight[term] * value for term, value in terms.items())
        yield _equal("objective: weighted sum", None, ["objective"], [weighted], [objective])


def _worst(statement: str, year: int | None, names: Sequence[str] | pd.Index | pd.Series, excess: np.ndarray, bound: np.ndarray) -> Check:
    relative = np.where(np.isnan(excess), math.inf, np.where(excess > 0, excess, 0.0) / np.maximum(1.0, np.abs(bound)))
    if not len(relative):
        return Check(statement, year, "", 0.0)
    row = int(np.argmax(relative))
    return Check(statement, year, str(list(names)[row]), float(relative[row]))


def _equal(statement: str, year: int | None, names: Sequence[str], left: object, right: object) -> Check:
    a, b = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    return _worst(statement, year, names, np.abs(a - b), b)


def _at_most(statement: str, year: int | None, names: Sequence[str] | pd.Index | pd.Series, left: object, right: object) -> Check:
    a, b = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    return _worst(statement, year, names, a - b, b)
