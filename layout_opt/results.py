"""Solution -> tidy tables. `read_plan` takes the values from Pyomo; everything else is computed from the plan's tables and the facts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layout_opt import indicators
from layout_opt.build import Built
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, Plan, item
from layout_opt.policies.comparative_advantage import ComparativeAdvantage
from layout_opt.policy import Policy

NOISE = 1e-7  # smaller values of a solution are zero (feasibility tolerance of the solver)
BINDING = 1e-6  # a limit is binding when its relative slack is smaller


def read_plan(built: Built) -> Plan:
    """The plan in the Pyomo variables. Call it only after a status that says that there is one.

    Flows, building and closing are read; output follows from the balance, so that the tables agree with each other exactly.
    """
    cells = built.instance.cells
    before = built.instance.stock
    plans: list[PeriodPlan] = []
    for period in built.periods:
        b = period.b
        flows = period.flows.moved
        flows = flows[flows["output"] > NOISE].reset_index(drop=True)
        frame = pd.DataFrame({"before": before}, index=cells)
        frame["released"] = _sum_by(flows, "origin", cells)
        frame["received"] = _sum_by(flows, "destination", cells)
        frame["built"] = _values(b.new, cells)
        frame["closed"] = _values(b.closed, cells)
        change = frame["received"] + frame["built"] - frame["released"] - frame["closed"]
        frame["output"] = (frame["before"] + change).where(lambda x: x > NOISE, 0.0)
        indivisible = built.instance.industries["indivisible"]
        project = {kr: round(_clean(w)) for kr, w in b.w.items()}
        for kr in [kr for kr in project if indivisible[kr[0]]]:
            stood = round(_clean(period.before[-1].b.w[kr])) if period.before else period.S0[kr] > 0
            project[kr] = int(project[kr] and not stood)
        frame["project"] = pd.Series(project, dtype=float).reindex(cells, fill_value=0.0).astype(int) if project else 0
        decided = {key: _decided(variable) for key, variable in period.decisions.items()}
        plan = PeriodPlan(built.instance, period.year, frame, flows, tuple(plans), period.paid, decisions=decided, baseline=period.baseline)
        plans.append(plan)
        before = frame["output"]
    return Plan(built.instance, tuple(plans))


def _clean(variable: Any) -> float:
    value = float(variable.value or 0.0)
    return value if value > NOISE else 0.0


def _decided(variable: Any) -> pd.Series[float]:
    """A decision by item, rounding cleared away (what lies outside its bounds by the solver's tolerance too) and zeros left out."""
    values = {}
    for key, data in variable.items():
        value = float(data.value or 0.0)
        low, high = (-math.inf if data.lb is None else data.lb), (math.inf if data.ub is None else data.ub)
        values[item(key)] = float(round(value)) if data.is_binary() else min(max(value, low), high)
    series = pd.Series(values, dtype=float)
    return series[series.abs() > NOISE]


def _values(variable: Any, cells: pd.MultiIndex) -> pd.Series[float]:
    values = {kr: _clean(v) for kr, v in variable.items()}
    return pd.Series(values, dtype=float).reindex(cells, fill_value=0.0) if values else pd.Series(0.0, index=cells)


def _sum_by(flows: pd.DataFrame, end: str, cells: pd.MultiIndex) -> pd.Series[float]:
    return flows.groupby(["industry", end])["output"].sum().rename_axis(["industry", "region"]).reindex(cells, fill_value=0.0).astype(float)


def result_tables(
    plan: Plan, policies: Sequence[Policy], weights: Mapping[str, float], prices: Mapping[tuple[str, int, str], float]
) -> dict[str, pd.DataFrame]:
    """Every table of a run folder by name, in the column order of the contract."""
    transfers = transfer_table(plan)
    return {
        "layout": layout_table(plan, policies),
        "transfers": transfers,
        "plates": plate_table(plan.instance, transfers),
        "complementarity": complementarity_table(plan),
        "resources": resource_table(plan, policies, prices),
        "policies": policy_table(plan, policies),
        "objective": objective_table(plan, policies, weights),
        "indicators": indicator_table(plan),
        "outcomes": outcome_table(plan, policies),
        "decisions": decision_table(plan),
        "baselines": baseline_table(plan),
    }


def layout_table(plan: Plan, policies: Iterable[Policy]) -> pd.DataFrame:
    """layout.csv: one row per industry, region and period."""
    stated = [p for p in policies if isinstance(p, ComparativeAdvantage)]
    advantage = stated[0].advantage(plan.instance) if stated else indicators.rsca(plan.instance.stock)
    frames = []
    for period in plan.periods:
        c = period.cells
        columns = {
            "period": period.year,
            "output_before": c["before"],
            "output_after": c["output"],
            "change": c["output"] - c["before"],
            "project": c["project"],
            "advantage": advantage,
            "released": c["released"],
            "received": c["received"],
            "built": c["built"],
            "closed": c["closed"],
            "lq_before": indicators.location_quotient(c["before"]),
            "lq_after": indicators.location_quotient(c["output"]),
        }
        frames.append(pd.DataFrame(columns, index=c.index).reset_index())
    return pd.concat(frames, ignore_index=True)


def transfer_table(plan: Plan) -> pd.DataFrame:
    """transfers.csv: one row per transfer, the largest first within a period."""
    facts, regions, km = plan.instance.industries, plan.instance.regions, plan.instance.distance
    frames = []
    for period in plan.periods:
        f = period.flows
        distance = [km.at[o, d] for o, d in zip(f["origin"], f["destination"], strict=True)]
        cost = facts["relocation_cost"].reindex(f["industry"]).to_numpy() + facts["distance_cost"].reindex(f["industry"]).to_numpy() * (
            np.array(distance, dtype=float) / 1000
        )
        frame = pd.DataFrame(
            {
                "industry": f["industry"],
                "origin": f["origin"],
                "destination": f["destination"],
                "origin_plate": regions["plate"].reindex(f["origin"]).to_numpy(),
                "destination_plate": regions["plate"].reindex(f["destination"]).to_numpy(),
                "period": period.year,
                "output": f["output"].astype(float),
                "value_added": f["output"].astype(float) * facts["value_added_rate"].reindex(f["industry"]).to_numpy(),
                "cost": cost * f["output"].astype(float),
                "distance": np.array(distance, dtype=float),
            }
        )
        frames.append(frame.sort_values("output", ascending=False, kind="stable"))
    return pd.concat(frames, ignore_index=True)


def plate_table(instance: Instance, transfers: pd.DataFrame) -> pd.DataFrame:
    """plates.csv: transfers of all periods by plate of origin and destination, zeros kept."""
    pairs = pd.MultiIndex.from_product([instance.plates, instance.plates], names=["origin_plate", "destination_plate"])
    sums = transfers.groupby(["origin_plate", "destination_plate"])[["output", "value_added"]].sum()
    return sums.reindex(pairs, fill_value=0.0).astype(float).reset_index()


def complementarity_table(plan: Plan) -> pd.DataFrame:
    """complementarity.csv: similarity, specialisation and what two regions can sell each other, before and after, per pair."""
    instance = plan.instance
    measures = {}
    for moment, output in (("before", instance.stock), ("after", plan.last.output)):
        rate = instance.industries["value_added_rate"].reindex(output.index.get_level_values("industry")).to_numpy()
        measures["similarity", moment] = indicators.similarity(output)
        measures["specialisation", moment] = indicators.specialisation(output)
        measures["net_trade", moment] = indicators.net_trade(indicators.local_balance(output, output * rate))
    regions = instance.regions.index
    a, b = np.triu_indices(len(regions), k=1)
    frame = pd.DataFrame({"region_a": regions[a], "region_b": regions[b]})
    names = {("net_trade", "after"): "net_trade", ("net_trade", "before"): "net_trade_before"}
    for key in sorted(measures, key=lambda k: ("similarity", "specialisation", "net_trade").index(k[0])):
        frame[names.get(key, "_".join(key))] = measures[key].reindex(index=regions, columns=regions).to_numpy()[a, b]
    return frame


def resource_table(plan: Plan, policies: Iterable[Policy], prices: Mapping[tuple[str, int, str], float]) -> pd.DataFrame:
    """resources.csv: use before and after against capacity, per resource and place with a load or a capacity.

    `capacity` is the bound that a policy states, else the fact in the table `capacities`; `price` the fixed-site dual of the policies' rows.
    """
    instance = plan.instance
    columns = ["resource", "region_or_group", "period", "use_before", "use_after", "capacity", "utilisation", "price", "limited_by"]
    if "intensities" not in instance.tables:
        return pd.DataFrame(columns=columns)
    limiting = [p for p in policies if p.limits_resources]
    rows = []
    for period in plan.periods:
        facts = instance.capacities(period.year) if "capacities" in instance.tables else pd.Series(dtype=float)
        stated = [(p.label, p.recheck(period).set_index("row")["bound"]) for p in limiting]
        for resource in instance.tables["resources"]["resource"]:
            before = (instance.use(resource, instance.manifest.base_year) * instance.stock).groupby(level="region", sort=False).sum()
            after = period.load(resource)
            groups = [str(place) for i, place in facts.index if i == resource and place not in after.index]
            for place in [*instance.regions.index, *groups]:
                share = instance.members(place) if place in groups else pd.Series({place: 1.0})
                name = f"{resource}|{place}"
                bounds = {label: bound[name] for label, bound in stated if name in bound.index}
                capacity = min(bounds.values()) if bounds else facts.get((resource, place), np.nan)
                use_after = float((after.reindex(share.index) * share).sum())
                rows.append(
                    (
                        resource,
                        place,
                        period.year,
                        float((before.reindex(share.index) * share).sum()),
                        use_after,
                        capacity,
                        use_after / capacity if capacity and capacity > 0 else np.nan,
                        sum(prices.get((label, period.year, name), 0.0) for label in bounds),
                        ", ".join(bounds),
                    )
                )
    return pd.DataFrame(rows, columns=columns)


def policy_table(plan: Plan, policies: Iterable[Policy]) -> pd.DataFrame:
    """policies.csv: rows of each limit, how many bind, the smallest relative slack, the stated penalty and the excess it allowed."""
    rows = []
    for policy in policies:
        checks = pd.concat([policy.recheck(period) for period in plan.periods])
        slack = (checks["bound"] - checks["use"]) / checks["bound"].abs().clip(lower=1.0)
        excess = float((checks["use"] - checks["bound"]).clip(lower=0.0).sum()) if policy.penalty is not None else 0.0
        smallest = float(slack.min()) if len(slack) else np.nan
        penalty = np.nan if policy.penalty is None else policy.penalty
        rows.append((policy.label, policy.family, len(checks), int((slack <= BINDING).sum()), smallest, penalty, excess))
    return pd.DataFrame(rows, columns=["label", "family", "rows", "binding", "slack", "penalty", "excess"])


def outcome_table(plan: Plan, policies: Iterable[Policy]) -> pd.DataFrame:
    """outcomes.csv: what each policy brings about, by outcome and item."""
    manifest = plan.instance.manifest
    frames = [
        policy.outcomes(period).assign(label=policy.label, family=policy.family, period=period.year) for period in plan.periods for policy in policies
    ]
    filled = [frame for frame in frames if len(frame)]
    columns = ["label", "family", "period", "outcome", "item", "value", "unit"]
    table = pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)
    table = table.sort_values(["label", "period", "outcome", "item"], kind="stable", ignore_index=True)
    table["unit"] = [str(unit).format(money=manifest.money, output=manifest.output) for unit in table["unit"]]
    return table


def decision_table(plan: Plan) -> pd.DataFrame:
    """decisions.csv: what policies decide besides layout and transfers, zeros left out."""
    rows = [
        (label, name, period.year, key, value)
        for period in plan.periods
        for (label, name), values in period.decisions.items()
        for key, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["label", "decision", "period", "item", "value"])


def baseline_table(plan: Plan) -> pd.DataFrame:
    """baselines.csv: the output by cell of the plans that policies are compared to."""
    frames = [
        output.rename("output").rename_axis(["industry", "region"]).reset_index().assign(label=label, period=period.year)
        for period in plan.periods
        for label, output in period.baseline.items()
    ]
    columns = ["label", "period", "industry", "region", "output"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def objective_table(plan: Plan, policies: Sequence[Policy], weights: Mapping[str, float]) -> pd.DataFrame:
    """objective.csv: every term, recomputed from the plan; weight times value sums to the objective."""
    values = dict.fromkeys(weights, 0.0)
    for period in plan.periods:
        for term, value in _core_terms(period).items():
            values[term] += value
        for policy in policies:
            if policy.label in values:
                values[policy.label] += policy.value(period)
            if policy.penalty is not None:
                checks = policy.recheck(period)
                values[f"{policy.label}.excess"] += float((checks["use"] - checks["bound"]).clip(lower=0.0).sum())
    return pd.DataFrame([(term, weights[term], value) for term, value in values.items()], columns=["term", "weight", "value"])


def _core_terms(period: PeriodPlan) -> dict[str, float]:
    cells = period.cells
    per_cell = period.instance.industries.reindex(cells.index.get_level_values("industry"))
    building = period.instance.fact("building_cost") * cells["built"] + period.instance.fact("project_cost") * cells["project"]
    return {
        "value_added": float(period.value_added.sum()),
        "relocation_cost": period.paid * float(period.relocation.to_numpy().sum()),
        "building_cost": period.paid * float(building.sum()),
        "closure_cost": period.paid * float((per_cell["closure_cost"].to_numpy() * cells["closed"]).sum()),
        "shortage": float(period.shortage.sum()),
    }


def indicator_table(plan: Plan) -> pd.DataFrame:
    """indicators.csv: before and after, for the country, plates, regions and industries."""
    instance = plan.instance
    plate, rate = instance.regions["plate"], instance.industries["value_added_rate"]
    moments = []
    for output in (instance.stock, plan.last.output):
        added = output * rate.reindex(output.index.get_level_values("industry")).to_numpy()
        moments.append(_indicators(instance, output, added, plate))
    units = {"output": instance.manifest.output, "value_added": instance.manifest.money}
    rows = [(name, scope, moments[0][name, scope], moments[1][name, scope], units.get(name, "1")) for name, scope in moments[0]]
    return pd.DataFrame(rows, columns=["indicator", "scope", "before", "after", "unit"])


def _indicators(instance: Instance, output: pd.Series[float], added: pd.Series[float], plate: pd.Series[str]) -> dict[tuple[str, str], float]:
    by_region = added.groupby(level="region", sort=False).sum()
    pairs = np.triu_indices(len(instance.regions), k=1)
    found = {
        ("output", "nation"): float(output.sum()),
        ("value_added", "nation"): float(added.sum()),
        ("similarity_mean", "nation"): float(indicators.similarity(output).to_numpy()[pairs].mean()) if len(pairs[0]) else np.nan,
        ("krugman_mean", "nation"): float(indicators.specialisation(output).to_numpy()[pairs].mean()) if len(pairs[0]) else np.nan,
        ("specialised_output_share", "nation"): float(output[indicators.location_quotient(output) > 1].sum() / max(output.sum(), NOISE)),
    }
    population = instance.regions["population"] if "population" in instance.regions else output.groupby(level="region", sort=False).sum()
    weights = "per_head" if "population" in instance.regions else "per_output"
    for part, value in indicators.theil(by_region, population, plate).items():
        found[f"theil_{weights}_{part}", "nation"] = value
    for name in instance.plates:
        members = plate.index[plate == name]
        found["output", name] = float(output[output.index.get_level_values("region").isin(members)].sum())
        found["value_added", name] = float(by_region[members].sum())
        found["value_added_share", name] = float(by_region[members].sum() / max(by_region.sum(), NOISE))
    for region, value in indicators.national_specialisation(output).items():
        found["krugman", str(region)] = float(value)
    for industry, value in indicators.concentration(output).items():
        found["hhi", str(industry)] = float(value)
    return found
