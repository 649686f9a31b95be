"""The negative list of market access: national bans and permits hold everywhere alike; a local ban needs a reason, or it is local protection.

Statement, for the listed industries `k` and the locally banned cells `k,r` whose ban holds::

    ban      sum_r into[k,r] + new[k,r] <= 0                  where the list bans k: nothing new anywhere                (output)
    permit   sum_{r,t} new[k,r,t] <= quota[k] * D[k]          where it permits k: so much new capacity, over the periods t so far
    local    into[k,r] + new[k,r] <= 0                                                                                   (output)

    rule, quota    table `negative_list`; quota is a share of D[k], the largest demand of the periods so far, and depends on the industry alone
    local bans     table `local_bans`; `reason` is zone (a zone of the region bans or restricts k), ecology, or blank: local protection

An indivisible industry counts by its arrival where it did not stand before (a project), so that one that stands may grow with the nation.
What stands today may stay and close. Capacity that moves needs no permit; a permit is used up even where what was built by it closes again.
The parameter `local_bans` says which local bans hold: all, those with a reason (justified: the unified market), or none. The price of local
protection is the difference of the objectives of a model with "all" and the same model with "justified".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import pandas as pd

from layout_opt.core import Period, linear
from layout_opt.errors import Fault
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan
from layout_opt.policy import Policy, limits, together, told
from layout_opt.schema import INDUSTRY, REGION
from layout_opt.tables import Column, Table, amount

CELL = ["industry", "region"]


class NegativeList(Policy):
    """Parameters: `local_bans` (all, justified or none), which of the local bans hold."""

    family = "negative_list"
    phrase = "全国统一的市场准入负面清单"
    serves = (14,)
    title: ClassVar = {"en": "Negative list of market access", "zh": "市场准入负面清单"}
    words: ClassVar = {
        "banned": {"en": "National bans", "zh": "全国禁止准入"},
        "protection": {"en": "Local bans without a reason that hold", "zh": "生效的无依据地方禁令（地方保护）"},
        "standing": {"en": "Output already there, under a ban", "zh": "禁令下的存量产出"},
        "permitted": {"en": "New capacity under permits, since the base year", "zh": "基年以来许可新增产能"},
        "opened": {"en": "Output that comes where a local ban was lifted", "zh": "取消地方禁令后进入的产出"},
        "ban": {"en": "National ban", "zh": "全国禁止准入"},
        "permit": {"en": "Permit", "zh": "许可准入"},
        "local": {"en": "Local ban", "zh": "地方禁令"},
    }
    advice: ClassVar = {
        "ban": {"en": "permit new {0}: {size} {output}", "zh": "许可新增{0}：{size} {output}"},
        "permit": {"en": "raise the quota of {0} by {size} {output}{percent}", "zh": "将{0}的许可额度提高{size} {output}{percent}"},
        "local": {"en": "lift the ban on {0} in {1}: {size} {output}", "zh": "取消{1}对{0}的禁令：{size} {output}"},
    }
    tables = (
        Table("negative_list", (INDUSTRY, Column("rule", choices=("ban", "permit")), amount("quota", optional=True))),
        Table("local_bans", (INDUSTRY, REGION, Column("reason", choices=("zone", "ecology"), optional=True, blank=True))),
    )

    local_bans: Literal["all", "justified", "none"] = "all"

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file)
        if not {"negative_list", "local_bans"} & instance.tables.keys():
            what = f"{self.family} reads the tables 'negative_list' and 'local_bans', and {instance.name} lacks both"
            yield Fault(what, where, "Add one of them, or drop the policy.")
        for industry, rule, quota in self._rules(instance).itertuples():
            if rule == "permit" and pd.isna(quota):
                yield Fault("the table negative_list permits it without a quota", where, "Write the quota, or ban it.", industry)
            if rule == "ban" and pd.notna(quota):
                yield Fault("the table negative_list bans it and states a quota", where, "Empty the quota, or permit it.", industry)
        reasons, zoned = self._reasons(instance), _zoned(instance)
        for k, r in reasons.index[(reasons == "zone") & ~reasons.index.isin(zoned)]:
            what = "the table local_bans gives a zone as the reason, but no zone of the region bans or restricts the industry"
            yield Fault(what, where, "Correct the zones, or leave the reason blank: the ban then counts as local protection.", f"{k}, {r}")

    def limit(self, period: Period, block: Any) -> None:
        into, new, built = period.b.into, period.b.new, [p.b.new for p in period.so_far]
        banned, quota, held = self._bans(period.instance), self._quotas(period), self._held(period.instance)
        whole, projects = period.instance.industries["indivisible"], period.projects
        coming_to = {k: (projects,) if whole[k] else (into, new) for k in period.industries}
        arrivals = {("ban", k): [v[k, r] for r in period.regions for v in coming_to[k] if (k, r) in v] for k in banned}
        arrivals |= {("permit", k): [v[k, r] for v in built for r in period.regions if (k, r) in v] for k in quota.index}
        arrivals |= {("local", *kr): [v[kr] for v in coming_to[kr[0]] if kr in v] for kr in held}
        rows = {"|".join(row): (coming, quota[row[1]] if row[0] == "permit" else 0.0) for row, coming in arrivals.items() if coming}

        @block.Constraint(list(rows))
        def limit(_: Any, row: str) -> Any:
            coming, most = rows[row]
            return linear([1.0] * len(coming), coming) <= most

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        banned, quota, held = self._bans(plan.instance), self._quotas(plan), self._held(plan.instance)
        whole = plan.instance.industries["indivisible"].reindex(plan.cells.index.get_level_values("industry")).to_numpy()
        came, built = (plan.cells["received"] + plan.cells["built"]).mask(whole, plan.cells["project"]), self._built(plan)
        return together(
            limits([("ban", k) for k in banned], [came[k].sum() for k in banned], 0.0),
            limits([("permit", k) for k in quota.index], built[quota.index].to_numpy(), quota.to_numpy()),
            limits([("local", *kr) for kr in held], came.reindex(held).to_numpy(), 0.0),
        )

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        reasons, banned, held = self._reasons(plan.instance), self._bans(plan.instance), self._held(plan.instance)
        unjustified = held[reasons.reindex(held) == ""]
        under = plan.output.index.get_level_values("industry").isin(banned) | plan.output.index.isin(held)
        came = (plan.cells["received"] + plan.cells["built"]).reindex(reasons.index.difference(held, sort=False))
        built = self._built(plan)[self._quotas(plan).index]
        return told(
            ("banned", pd.Series(1.0, index=banned), "ban"),
            ("protection", pd.Series(1.0, index=unjustified), "ban"),
            ("standing", plan.output[under & (plan.output > 0)], "{output}"),
            ("permitted", built[built > 0], "{output}"),
            ("opened", came[came > 0], "{output}"),
        )

    def _rules(self, instance: Instance) -> pd.DataFrame:
        """Columns rule and quota of the negative list, by industry."""
        table = instance.tables.get("negative_list", pd.DataFrame(columns=["industry", "rule"]))
        return table.set_index("industry").reindex(columns=["rule", "quota"])

    def _bans(self, instance: Instance) -> pd.Index:
        """The industries that the list bans."""
        rules = self._rules(instance)["rule"]
        return rules.index[rules == "ban"]

    def _quotas(self, period: Period | PeriodPlan) -> pd.Series[float]:
        """quota[k] * D[k] of the statement, for the industries that the list permits."""
        rules = self._rules(period.instance)
        quota = rules.loc[rules["rule"] == "permit", "quota"].astype(float)
        D = pd.concat([period.instance.demand(p.year) for p in period.so_far], axis=1).max(axis=1)
        return quota * D.reindex(quota.index)

    def _built(self, plan: PeriodPlan) -> pd.Series[float]:
        """sum_r new[k,r] over the periods so far, by industry."""
        built: pd.Series[float] = pd.concat([p.cells["built"] for p in plan.so_far]).groupby(level="industry", sort=False).sum()
        return built

    def _reasons(self, instance: Instance) -> pd.Series[str]:
        """The reason of every local ban, "" where there is none, by cell."""
        table = instance.tables.get("local_bans", pd.DataFrame(columns=CELL)).reindex(columns=[*CELL, "reason"])
        return table.set_index(CELL)["reason"].fillna("").astype(str)

    def _held(self, instance: Instance) -> pd.Index:
        """The cells whose local ban holds."""
        reasons = self._reasons(instance)
        kept = {"all": reasons == reasons, "justified": reasons != "", "none": reasons != reasons}[self.local_bans]
        return reasons.index[kept]


def _zoned(instance: Instance) -> set[tuple[str, str]]:
    """Cells that some zone of the region bans or restricts."""
    if not {"zone_rules", "zone_shares"} <= instance.tables.keys():
        return set()
    rules = instance.tables["zone_rules"].merge(instance.tables["zone_shares"], on="zone")
    rules = rules[rules["rule"].isin(["ban", "restrict"]) & (rules["share"] > 0)]
    return set(zip(rules["industry"], rules["region"], strict=True))
