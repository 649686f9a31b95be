"""The page of a policy family: its statement, its parameters, the tables that it reads, an example, and what a report says of it."""

from __future__ import annotations

import inspect
from typing import Any

from extension.statements import escaped, markdown
from layout_opt.definition import load_definition
from layout_opt.policies import families, statement
from layout_opt.policy import Policy
from layout_opt.shipped import names
from layout_opt.tables import Column


def page(name: str) -> str:
    """The whole page."""
    cls = families()[name]
    title, said = markdown(statement(name)).split("\n\n", 1)
    parts = [f"# {cls.title['en']}", f"`{name}` · {cls.title['zh']} · in the policy paper: {cls.phrase}", f"**{title.strip()}**", said]
    parts += ["## In a model", markdown(inspect.getdoc(cls) or ""), example(name), "## Tables", *tables(cls)]
    told = "\n".join(f"- {text['en']} (`{outcome}`)" for outcome, text in cls.words.items())
    parts += ["## In the report", told] if told else []
    return "\n\n".join(part for part in parts if part) + "\n"


def tables(cls: type[Policy]) -> list[str]:
    """What a family reads: columns of the format's tables, and tables of its own with their columns."""
    own = {table.name for table in cls.tables}
    read = [f"`{table}`" + (f" ({', '.join(map(escaped, columns))})" if columns else "") for table, columns in cls.reads.items() if table not in own]
    parts = [f"Reads {', '.join(read)}, besides the tables of the core." if read else "", "" if read or own else "Those of the core."]
    for table in cls.tables:
        rows = "\n".join(f"| `{column.name}` | {kind(column)} |" for column in table.columns)
        parts.append(f"Table `{table.name}`{'' if table.name in cls.reads else ' (optional)'}:\n\n| column | holds |\n|---|---|\n{rows}")
    return parts


def kind(column: Column) -> str:
    """What a column may hold, in words."""
    unit = f", {column.unit}".replace("{money}", "money").replace("{output}", "output") if column.unit else ""
    ends = [f"{sign} {end:g}" for sign, end in (("≥", column.low), (">", column.above), ("≤", column.high)) if end is not None]
    said = [column.kind + unit, *ends, *([f"one of {', '.join(column.choices)}"] if column.choices else [])]
    said += [f"a key of {' or '.join(f'`{table}`' for table in column.refers)}"] if column.refers else []
    said += ["key"] * column.key + ["may be absent"] * column.optional + ["may be empty"] * column.blank
    return "; ".join(said)


def example(name: str) -> str:
    """How a shipped model uses a family, the one with the fewest policies; empty where none does."""
    found = []
    for model in names("models"):
        policies = load_definition(model).policies
        found += [(len(policies), model, label, entry) for label, entry in policies.items() if entry.family == name]
    if not found:
        return ""
    _, model, label, entry = min(found, key=lambda use: use[:3])
    stated = {"family": name, **entry.parameters, **({} if entry.penalty is None else {"penalty": entry.penalty})}
    settings = "".join(f"{key} = {literal(value)}\n" for key, value in stated.items())
    return f"The shipped model `{model}` has it so:\n\n```toml\n[policies.{label}]\n{settings}```"


def literal(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {literal(v)}" for key, v in value.items()) + " }"
    return str(value)
