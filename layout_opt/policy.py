"""What a policy is: parameters, contributions, one named limit, and the recheck of a finished plan in plain pandas."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import pandas as pd
from pydantic import Field

from layout_opt.core import Period
from layout_opt.definition import Definition, Objective
from layout_opt.errors import Fault, LayoutError, Place, suggest
from layout_opt.instance import Instance
from layout_opt.plan import PeriodPlan, Plan, item
from layout_opt.settings import Settings
from layout_opt.tables import Table

LIMIT_COLUMNS = ["row", "use", "bound", "floor"]
OUTCOME_COLUMNS = ["outcome", "item", "value", "unit"]
ACCOUNTS = ("income", "people")


@dataclasses.dataclass(frozen=True, eq=False)
class Decision:
    """What a policy decides besides layout and transfers: one variable per item, named `NAME` in the table `decisions` of a run.

    `items` are names or tuples of names; `lower` and `upper` hold for all items or per item; `binary` decisions are 0 or 1; a `lasting` one is
    never smaller than in the period before. `unit` is that of the values (`{money}` and `{output}` stand for the instance's).
    """

    name: str
    items: pd.Index
    unit: str
    binary: bool = False
    lasting: bool = False
    lower: float | pd.Series[float] = 0.0
    upper: float | pd.Series[float] = math.inf

    def bounds(self) -> pd.DataFrame:
        """Columns `lower` and `upper`, indexed by item."""
        return pd.DataFrame({"lower": self.lower, "upper": 1.0 if self.binary else self.upper}, index=self.items).astype(float)


class Policy(Settings):
    """Base of all families.

    A model gives a policy its `label`, the weights of its `objective`, and where it softens the limit a `penalty`; the other fields of a family
    are the parameters that a model states.

    Class attributes: `family` is the name that definitions use; `phrase` the words of the policy paper it serves, `serves` the rows of the
    table of mechanisms (docs/mechanisms.md); `reads` the tables and columns without which it cannot work; `tables` declares tables of its own;
    `title` names it in reports, `words` its outcomes, and the rules and kinds in the rows of its limit and the items of its outcomes;
    `advice` says what to do where a row of the limit has to give way, by the rule it begins with: {0} and {1} are the names after the rule, {size} is
    by how much, {output} the unit of output, {percent} how much that is of the stated number where it is not 0;
    `payments` names the outcomes that are money paid by one region to another, and says what their items are: `payer`, `recipient`, or
    `payer|recipient` in either order; `limits_resources` says that the rows of its limit are (resource, place), so that they show in the table
    of resources with their prices; `offers` says that it opens possibilities beside a term of positive weight (relief of a load, income), so
    that a plan may be worse without it.
    """

    family: ClassVar[str]
    phrase: ClassVar[str]
    serves: ClassVar[tuple[int, ...]]
    title: ClassVar[Mapping[str, str]]
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    advice: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    payments: ClassVar[Mapping[str, str]] = {}
    reads: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    tables: ClassVar[tuple[Table, ...]] = ()
    limits_resources: ClassVar[bool] = False
    offers: ClassVar[bool] = False

    label: str
    objective: Objective = Objective()
    penalty: float | None = Field(default=None, gt=0)

    def only_costs(self) -> bool:
        """Whether the policy limits or costs and offers nothing: no plan is then worse without it."""
        return not self.offers and (self.term_weight() or 0.0) <= 0.0

    def at(self, file: str, parameter: str | None = None) -> Place:
        """Where the model of a file states the policy, or a parameter of it."""
        return Place(file, column=f"policies.{self.label}" if parameter is None else f"policies.{self.label}.{parameter}")

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        """Faults of the parameters against the instance (names that do not exist, and the like)."""
        return ()

    def exits(self, instance: Instance, year: int) -> pd.Series[float] | None:
        """Existing output that the policy forces out of each cell by a year; None where it forces nothing."""
        return None

    def baseline(self) -> tuple[str, ...]:
        """Families without which the plan is solved first that this policy is compared to; its output stands in `baseline` of the period."""
        return ()

    def decisions(self, instance: Instance, year: int) -> Sequence[Decision]:
        """What the policy decides besides layout and transfers; the variables are made before `contribute` runs."""
        return ()

    def decided(self, plan: PeriodPlan, name: str) -> pd.Series[float]:
        """A decision of the policy in a plan, by item."""
        items = next(d.items for d in self.decisions(plan.instance, plan.year) if d.name == name)
        return plan.decided(self.label, name, items)

    def contribute(self, period: Period) -> None:
        """Add to loads, accounts, objective terms and totals of transfers. Runs for all policies before any `limit`."""

    def load(self, plan: PeriodPlan, resource: str) -> pd.Series[float] | None:
        """What `contribute` added to the loads of a resource, per region, recomputed from a plan; None where it added nothing."""
        return None

    def account(self, plan: PeriodPlan, account: str) -> pd.Series[float] | None:
        """What `contribute` added to `income` or `people`, per region, recomputed from a plan; None where it added nothing."""
        return None

    def limit(self, period: Period, block: Any) -> None:
        """State the constraint `block.limit` (and linking constraints under other names, which are never softened)."""

    def term_weight(self) -> float | None:
        """Weight of the objective term that stands under this policy's label: its parameter `weight`; None where it adds none."""
        weight: float | None = getattr(self, "weight", None)
        return weight

    def value(self, plan: PeriodPlan) -> float:
        """The objective term under this policy's label, recomputed from a plan."""
        return 0.0

    def recheck(self, plan: PeriodPlan) -> pd.DataFrame:
        """The limit once more, from the tables, as `limits` makes it: `row` (the index of `limit`, joined by '|'), with use <= bound."""
        return pd.DataFrame(columns=LIMIT_COLUMNS)

    def links(self, plan: PeriodPlan) -> pd.DataFrame:
        """The linking constraints of `limit` once more, as `linked` makes them: rows `NAME|ITEM`, an equality as its distance <= 0."""
        return pd.DataFrame(columns=LIMIT_COLUMNS)

    def outcomes(self, plan: PeriodPlan) -> pd.DataFrame:
        """What the policy brings about, for reports, as `outcomes` makes it. By default its decisions that are not 0."""
        decided = self.decisions(plan.instance, plan.year)
        values = [plan.decided(self.label, d.name, d.items) for d in decided]
        return told(*((d.name, value[value != 0], d.unit) for d, value in zip(decided, values, strict=True)))

    def widened(self, instance: Instance, row: str, year: int, factor: float) -> Instance:
        """The instance with the fact behind a row of the limit multiplied by a factor. Raises `LayoutError` without `limits_resources`."""
        raise LayoutError(f"{self.family} limits no resource: there is no cap to move")

    def subject(self) -> Sequence[str]:
        """What all rows of the limit concern, where the rows themselves do not name it: identifiers of the instance."""
        return ()

    def called(self, instance: Instance, name: str, language: str = "en") -> list[str]:
        """The parts of a row, or of an item of an outcome, in words: the family's own words first, then the names of the instance."""
        return [self.words[part][language] if part in self.words else instance.called(part, language) for part in name.split("|")]

    def describe(self, instance: Instance, row: str, language: str = "en") -> str:
        """A row of the limit in words: the title, and the rule and names that the row is made of."""
        colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
        return self.title[language] + colon + comma.join(self.called(instance, "|".join([row, *self.subject()]), language))


def limits(rows: Iterable[tuple[str, ...] | str], use: Any, bound: Any, floor: Any = False) -> pd.DataFrame:
    """The frame that `Policy.recheck` returns. `floor` marks rows whose stated number is a floor, and so stands on the side of `use`."""
    names = [row if isinstance(row, str) else "|".join(row) for row in rows]
    return pd.DataFrame({"row": names, "use": use, "bound": bound, "floor": floor}).astype({"use": float, "bound": float, "floor": bool})


def linked(name: str, items: Iterable[object], use: Any, bound: Any = 0.0) -> pd.DataFrame:
    """The rows of one linking constraint for `Policy.links`: use <= bound, by item."""
    return limits([f"{name}|{item(names)}" for names in items], use, bound)


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Several of `limits` or `linked` as one."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=LIMIT_COLUMNS)


def told(*outcomes: tuple[str, pd.Series[float], str], above: float | None = None) -> pd.DataFrame:
    """The frame that `Policy.outcomes` returns: of each outcome its name (a key of `words`), the values by item, and the unit.

    Where `above` is stated, values that are not above it are left out.
    """
    frames = [
        pd.DataFrame({"outcome": name, "item": [item(names) for names in values.index], "value": values.to_numpy(dtype=float), "unit": unit})
        for name, values, unit in ((name, values if above is None else values[values > above], unit) for name, values, unit in outcomes)
        if len(values)
    ]
    return pd.concat(frames, ignore_index=True)[OUTCOME_COLUMNS] if frames else pd.DataFrame(columns=OUTCOME_COLUMNS)


def forced_exits(policies: Iterable[Policy], instance: Instance, year: int) -> pd.Series[float]:
    """What the policies together force out of each cell (the most that any of them does)."""
    forced = 0 * instance.stock
    for policy in policies:
        exits = policy.exits(instance, year)
        if exits is not None:
            forced = forced.clip(lower=exits.reindex(forced.index, fill_value=0.0))
    return forced


def contributed(plan: Plan, policies: Sequence[Policy]) -> Plan:
    """The plan with what the policies add to its loads and accounts."""
    resources = plan.instance.tables["resources"]["resource"] if "resources" in plan.instance.tables else ()
    periods: list[PeriodPlan] = []
    for period in plan.periods:
        loads = {resource: _summed((p.load(period, resource) for p in policies), plan.instance.regions.index) for resource in resources}
        added = {name: values for name, values in loads.items() if values is not None}
        accounts = {name: _summed((p.account(period, name) for p in policies), plan.instance.regions.index) for name in ACCOUNTS}
        known = {name: values for name, values in accounts.items() if values is not None}
        periods.append(dataclasses.replace(period, before=tuple(periods), added=added, accounts=known))
    return Plan(plan.instance, tuple(periods))


def _summed(parts: Iterable[pd.Series[float] | None], regions: pd.Index) -> pd.Series[float] | None:
    stated = [part for part in parts if part is not None]
    return pd.concat(stated, axis=1).reindex(regions).sum(axis=1) if stated else None


def objective_weights(definition: Definition, policies: Iterable[Policy]) -> dict[str, float]:
    """Weight of every objective term: the core's, one per policy that adds a term, and one per penalty (`LABEL.excess`)."""
    weights = {term: float(getattr(definition.objective, term)) for term in Objective.model_fields}
    for policy in policies:
        own = policy.term_weight()
        if own is not None:
            weights[policy.label] = own
        if policy.penalty is not None:
            weights[f"{policy.label}.excess"] = -policy.penalty
    return weights


def unknown(names: Iterable[str], known: Iterable[str], what: str, where: Place) -> Iterable[Fault]:
    """A fault per name that is not known."""
    options = list(known)
    for name in names:
        if name not in options:
            yield Fault(f"no such {what}", where, suggest(name, options), name)


def unknown_groups(names: Iterable[str], instance: Instance, where: Place) -> Iterable[Fault]:
    """A fault per name that is neither a plate nor a group, or that no region belongs to."""
    known = list(dict.fromkeys([*instance.plates, *(instance.tables["groups"]["group"] if "groups" in instance.tables else ())]))
    yield from unknown(names, known, "group", where)
    for name in names:
        if name in known and instance.members(name).empty:
            yield Fault("the group has no regions", where, "Add rows to the table `membership`.", name)


def clusters(instance: Instance) -> list[str]:
    """The groups of the kind cluster that have regions."""
    table = instance.tables.get("groups")
    return [] if table is None else [c for c in table.loc[table["kind"] == "cluster", "group"] if len(instance.members(c))]


class ResourcePolicy(Policy, ABC):
    """A limit on the use of resources at places with a capacity.

    Parameters: `resources` that are limited (all that have such a capacity where left out); `strictness`, a factor on the capacities; `factors`,
    one more per resource (1 where left out).
    """

    reads: ClassVar = {
        "resources": ("unit",),
        "intensities": ("intensity", "unit"),
        "capacities": ("place", "year", "capacity", "unit"),
    }
    limits_resources = True

    resources: tuple[str, ...] | None = Field(default=None, min_length=1)
    strictness: float = Field(default=1.0, gt=0)
    factors: dict[str, Annotated[float, Field(gt=0)]] = {}

    def limited(self, instance: Instance) -> list[str]:
        """The stated resources that have a capacity at one of the places."""
        capacities = instance.tables["capacities"]
        found = set(capacities.loc[capacities["place"].isin(list(self.places(instance))), "resource"])
        return [r for r in self.resources or instance.tables["resources"]["resource"] if r in found]

    def check(self, instance: Instance, file: str) -> Iterable[Fault]:
        where = self.at(file, "resources")
        units = instance.resource_units
        known, limited = list(units.index), self.limited(instance)
        yield from unknown(self.resources or (), known, "resource", where)
        yield from unknown(self.factors, limited, "resource that it limits", self.at(file, "factors"))
        softened = units.reindex(limited).unique()
        if self.penalty is not None and len(softened) > 1:
            yield Fault(f"one penalty for several units ({', '.join(softened)})", where, "State a policy with its own penalty per resource.")
        for resource in self.resources or ():
            if resource in known and resource not in limited:
                yield Fault(f"{self.family} finds no capacity for it", where, "Add rows to the table `capacities`, or leave it out.", resource)

    def widened(self, instance: Instance, row: str, year: int, factor: float) -> Instance:
        resource, place = row.split("|")
        table = instance.tables["capacities"]
        own = table[(table["resource"] == resource) & (table["place"] == place) & (table["year"] <= year)]
        in_force = table.index == own["year"].idxmax()
        return instance.having("capacities", table.assign(capacity=table["capacity"].mask(in_force, factor * table["capacity"])))

    @abstractmethod
    def places(self, instance: Instance) -> Iterable[str]:
        """The places whose capacities this family limits."""

    def capacities(self, instance: Instance, year: int) -> pd.Series[float]:
        """The stated resources' capacities in a year, times strictness and factors, indexed (resource, place)."""
        cap = instance.capacities(year) * self.strictness
        cap *= [self.factors.get(resource, 1.0) for resource in cap.index.get_level_values("resource")]
        stated = self.resources or tuple(instance.tables["resources"]["resource"])
        return cap[cap.index.get_level_values("resource").isin(stated) & cap.index.get_level_values("place").isin(list(self.places(instance)))]
