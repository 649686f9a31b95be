"""Policy families, one file each, found by looking into this folder.

A family is a subclass of `Policy` in a file of its own whose module docstring states the mathematics. Nothing else is edited to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from layout_opt.definition import Definition
from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.instance import Instance
from layout_opt.policy import Policy
from layout_opt.settings import parse
from layout_opt.tables import Table


@cache
def families() -> dict[str, type[Policy]]:
    """Every family by name."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        members = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        found += [m for m in members if isinstance(m, type) and issubclass(m, Policy) and "family" in vars(m)]
    return {cls.family: cls for cls in sorted(found, key=lambda c: c.family)}


def statement(family: str) -> str:
    """The mathematics of a family: the docstring of its module. Raises `InputError` for an unknown family."""
    if family not in families():
        raise InputError(faults=[Fault("no such policy family", Place(family), suggest(family, families()))])
    return importlib.import_module(families()[family].__module__).__doc__ or ""


def policy_tables() -> list[Table]:
    """Tables that the families declare beyond the schema."""
    return [table for cls in families().values() for table in cls.tables]


def policies_of(definition: Definition, instance: Instance) -> tuple[Policy, ...]:
    """The policies that a definition states, in label order, checked against the instance.

    Raises `InputError` for unknown families, unknown or wrong parameters, missing tables or columns, and names that do not exist.
    """
    policies, faults = stated_policies(definition)
    file = f"{definition.name}.toml"
    for policy in policies:
        missing = list(_missing(type(policy), instance, Place(file, column=f"policies.{policy.label}")))
        faults += missing or policy.check(instance, file)
    if faults:
        raise InputError(faults=faults)
    return tuple(policies)


def stated_policies(definition: Definition) -> tuple[list[Policy], list[Fault]]:
    """The policies that a definition states, in label order, and the faults of those that cannot be made: all that needs no instance."""
    policies: list[Policy] = []
    faults: list[Fault] = []
    file = f"{definition.name}.toml"
    for label, entry in sorted(definition.policies.items()):
        prefix = f"policies.{label}"
        if entry.family not in families():
            faults.append(Fault("no such policy family", Place(file, column=f"{prefix}.family"), suggest(entry.family, families()), entry.family))
            continue
        for key in [key for key in ("label", "objective") if key in entry.parameters]:
            faults.append(Fault(f"unknown key {key!r}", Place(file, column=f"{prefix}.{key}"), "Delete the key: the model itself states it."))
        try:
            stated = {**entry.parameters, "label": label, "objective": definition.objective, "penalty": entry.penalty}
            policies.append(parse(families()[entry.family], stated, file, f"{prefix}."))
        except InputError as error:
            faults.extend(error.faults)
    for policy in groundless(definition, policies):
        what = f"is compared to a plan without {' or '.join(policy.baseline())}, and the model has no such policy: it would do nothing"
        faults.append(Fault(what, Place(file, column=f"policies.{policy.label}"), "State one, name other families, or drop the policy."))
    return policies, faults


def groundless(definition: Definition, policies: Iterable[Policy]) -> list[Policy]:
    """The policies that are compared to a plan without families of which the definition states none: that would be its own plan."""
    stated = {entry.family for entry in definition.policies.values()}
    return [p for p in policies if p.baseline() and set(p.baseline()) <= families().keys() - stated]


def _missing(family: type[Policy], instance: Instance, where: Place) -> Iterable[Fault]:
    for table, columns in family.reads.items():
        if table not in instance.tables:
            yield Fault(f"{family.family} reads the table {table!r}, which {instance.name} lacks", where, "Add the table, or drop the policy.")
            continue
        for column in columns:
            if column not in instance.tables[table]:
                what = f"{family.family} reads column {column!r} of the table {table!r}, which {instance.name} lacks"
                yield Fault(what, where, "Add the column, or drop the policy.")
