"""Main functional zones: what a zone bans or restricts has to leave, may not come in, and may not outgrow the rest; what it encourages
counts for more.

Statement, for every cell `k,r` of which a zone rule bans or restricts a part; the first two where expelled[k,r] >= closed_from::

    exit    exit[k,r] <= sum over the periods so far of out[k,r] + closed[k,r]
    entry   into[k,r] <= 0
    most    x[k,r] <= (1 - phase_out) * ban[k,r] * S0[k,r] + restrict[k,r] * S0[k,r] + open_growth * open[k,r] * max(B[k,r], S0[k,r], lot[k])

    exit[k,r]      = (phase_out * ban[k,r] + cut[k,r]) * S0[k,r]
    cut[k,r]       = sum of share[r,z] * max(1 - ratio[z,k], 0) over the zones that restrict k
    expelled[k,r]  = share of the zones that ban k, or restrict it with a ratio below 1
    ban[k,r]       = sum of share[r,z] over the zones z that ban k
    restrict[k,r]  = sum of share[r,z] * ratio[z,k] over the zones that restrict k
    open[k,r]      = 1 - share of the zones that ban or restrict k
    B[k,r]         = S0[k,r] * D[k] / sum_r S0[k,r], the output if all regions grew alike
    S0, D, lot     base-year stock, demand, smallest project          (output)

The stock of a region is taken to lie in its zones by their shares. Where the expelling zones make up `closed_from` of the region or more,
what they expel moves to another region or closes, and the region receives no transfers of the industry, which would only change places with
its own; its open part may still build new. Where they make up less, the open part of the region takes in what they expel. A region wholly in a
zone that bans k has x[k,r] = 0 with the default phase-out. Objective term, where `encouragement` is not 0::

    encouragement * sum_{k,r} encourage[k,r] * va[k] * x[k,r]          (money), encourage[k,r] = share of the zones that encourage k

Source: the zone classes and their prohibitions of 国发〔2010〕46号 (optimised, key, agricultural, ecological).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period, linear, part
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, told


class FunctionalZone(Policy):
    """Parameters: `phase_out`, share of banned stock that has to leave; `open_growth`, how far the open part of a region may grow beyond
    even growth; `closed_from`, share of expelling zones from which on stock has to leave the region; `encouragement`, weight of the term
    for encouraged industries."""

    family = "functional_zone"
    phrase = "主体功能区, 严禁不符合主体功能定位的开发活动"
    serves = (2,)
    title: ClassVar = {"en": "Main functional zones", "zh": "主体功能区"}
    words: ClassVar = {
        "expelled": {"en": "Output that zones force out", "zh": "主体功能区要求退出的产出"},
        "moved": {"en": "Where it moved, by industry and plate", "zh": "退出产能的去向（按产业与板块）"},
        "closed": {"en": "Output closed where zones force it out", "zh": "就地关停的产出"},
        "exit": {"en": "What has to leave", "zh": "应退出产出"},
        "entry": {"en": "Nothing moves in", "zh": "不得迁入"},
        "most": {"en": "Highest output", "zh": "产出上限"},
    }
    advice: ClassVar = {
        "exit": {"en": "let {0} stay in {1}: {size} {output}{percent} of what has to leave", "zh": "允许{1}保留{0}：{size} {output}{percent}"},
        "entry": {"en": "let {0} move to {1}: {size} {output}", "zh": "允许{0}迁入{1}：{size} {output}"},
        "most": {"en": "let {0} grow in {1} by {size} {output}{percent} more", "zh": "允许{1}的{0}多增长{size} {output}{percent}"},
    }
    reads: ClassVar = {"zones": (), "zone_shares": ("share",), "zone_rules": ("rule", "ratio")}

    phase_out: float = Field(default=1.0, ge=0, le=1)
    open_growth: float = Field(default=2.5, ge=0)
    closed_from: float = Field(default=0.25, gt=0)
    encouragement: float = Field(default=0.0, ge=0)

    def contribute(self, period: Period) -> None:
        if self.encouragement:
            encourage, x = zone_parts(period.instance)["encourage"], period.b.x
            va = period.instance.industries["value_added_rate"]
            favoured = [(k, r) for k, r in x if encourage[k, r] > 0]
            period.add_term(self.label, linear([encourage[k, r] * va[k] for k, r in favoured], [x[kr] for kr in favoured]))

    def exits(self, instance: Instance, year: int) -> pd.Series[float]:
        return self._exits(instance)

    def limit(self, period: Period, block: Any) -> None:
        exits, allowed = self._exits(period.instance), self._allowed(period.instance, period.year)
        so_far = period.so_far
        rows = [(rule, *kr) for rule, cells in (("exit", exits), ("entry", exits), ("most", allowed)) for kr in cells.index]

        @block.Constraint([row for row in rows if row[0] != "entry" or row[1:] in period.b.into])
        def limit(_: Any, rule: str, k: str, r: str) -> Any:
            if rule == "exit":
                return exits[k, r] <= sum(part(p.b.out, (k, r)) + part(p.b.closed, (k, r)) for p in so_far)
            if rule == "entry":
                return period.b.into[k, r] <= 0
            return period.b.x[k, r] <= allowed[k, r]

    def term_weight(self) -> float | None:
        return self.encouragement or None

    def value(self, plan: PeriodPlan) -> float:
        return float((zone_parts(plan.instance)["encourage"] * plan.value_added).sum())

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        exits, allowed = self._exits(plan.instance), self._allowed(plan.instance, plan.year)
        rows = [(rule, *kr) for rule, cells in (("exit", exits), ("entry", exits), ("most", allowed)) for kr in cells.index]
        use = [exits, plan.cells["received"].reindex(exits.index), plan.output.reindex(allowed.index)]
        bound = [plan.gone.reindex(exits.index), 0 * exits, allowed]
        return limits(rows, pd.concat(use).to_numpy(), pd.concat(bound).to_numpy(), [rule == "exit" for rule, *_ in rows])

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        exits, flows = self._exits(plan.instance), plan.flows
        left = flows[pd.MultiIndex.from_frame(flows[["industry", "origin"]]).isin(exits.index)]
        moved = left["output"].astype(float).groupby([left["industry"], left["destination"].map(plan.instance.regions["plate"])], sort=False).sum()
        closed = plan.cells["closed"].reindex(exits.index)
        return told(("expelled", exits, "{output}"), ("moved", moved, "{output}"), ("closed", closed[closed > 0], "{output}"))

    def _exits(self, instance: Instance) -> pd.Series[float]:
        """exit[k,r] of the statement, for the cells that have one."""
        parts = zone_parts(instance)
        exits = (self.phase_out * parts["ban"] + parts["shed"]) * instance.stock
        return exits[(exits > 0) & (parts["expelled"] >= self.closed_from - 1e-12)]

    def _allowed(self, instance: Instance, year: int) -> pd.Series[float]:
        """The right-hand side of the statement, for the cells with a banned or restricted part."""
        parts = zone_parts(instance)
        parts = parts[parts["open"] < 1 - 1e-12]
        stock = instance.stock
        industry = parts.index.get_level_values("industry")
        growth = (instance.demand(year) / stock.groupby(level="industry").sum()).reindex(industry).to_numpy()
        stock = stock.reindex(parts.index)
        even = (stock * growth).fillna(0.0)
        scale = even.clip(lower=stock).clip(lower=instance.fact("lot").reindex(parts.index))
        return (1 - self.phase_out) * parts["ban"] * stock + parts["restrict"] * stock + self.open_growth * parts["open"] * scale


@lru_cache(maxsize=4)
def zone_parts(instance: Instance) -> pd.DataFrame:
    """ban, restrict, expelled, encourage and open of the module's statement, indexed by cell; `shed` is the share that restrictions expel."""
    rules = instance.tables["zone_rules"].merge(instance.tables["zone_shares"], on="zone")
    share, ratio = rules["share"], rules["ratio"]
    banned, restricted, encouraged = (rules["rule"] == rule for rule in ("ban", "restrict", "encourage"))
    parts = {
        "ban": share[banned],
        "restrict": (share * ratio)[restricted],
        "encourage": share[encouraged],
        "shed": (share * (1 - ratio).clip(lower=0.0))[restricted],
        "expelled": share[banned | (restricted & (ratio < 1))],
        "limited": share[~encouraged],
    }
    cell = [rules["industry"], rules["region"]]
    frame = pd.DataFrame({name: part.groupby(cell).sum().reindex(instance.cells, fill_value=0.0) for name, part in parts.items()})
    frame["open"] = (1 - frame["limited"]).clip(lower=0.0)
    return frame
