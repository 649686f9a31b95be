"""Writes docs/policies.md from the policy families themselves: `python docs/generate.py`. A test holds the page against what this makes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from layout_opt.definition import load_definition
from layout_opt.policies import families, statement
from layout_opt.policy import Policy
from layout_opt.shipped import names
from layout_opt.tables import Column

PAGE = Path(__file__).with_name("policies.md")
MECHANISMS = (
    *("优势互补, 比较优势", "主体功能区", "严格控制开发强度", "生态承载力", "流域, 上下游, 联防联控", "承接东部产业转移, 东中西部产业协作"),
    *("疏解非首都功能, 大城市病", "减少重复建设", "补链, 上下游企业协作, 产业链协同", "城市群, 都市圈, 增长极", "大中小城市功能互补"),
    *("四大板块, 重大战略叠加", "战略性新兴产业, 未来产业", "全国统一的市场准入负面清单", "市场壁垒, 地方保护", "劳动力、资本、技术、数据要素流动"),
    *("城乡统一的建设用地市场, 土地要素", "基础设施互联互通", "合作平台, 飞地", "一带一路, 对外开放", "生态补偿, 财政转移支付, 市场化交易"),
    *("资源开发利益共享", "东西部协作, 对口支援, 输血与造血", "革命老区, 边疆, 资源枯竭, 生态脆弱", "缩小三大差距, 共同富裕", "粮食、生态、边疆安全"),
    *(
        "公共服务均等化",
        "差异化区域政策, 财政税收金融组合拳",
        "绿色低碳循环",
        "海洋, 冰雪, 清洁能源, 特色农牧",
        "科技创新, 技术转移",
        "政策协调与评估, 定期评估",
    ),
)
BEYOND = {6: "transfers of the core", 32: "periods, `compare`, `price`, `rolling`"}
INTRODUCTION = """# Policy families

Every mechanism is a family that a model switches on, each with its statement, its tables, an example and what a report says of it. This page
is made from the families themselves by `python docs/generate.py`; `layout-opt policies NAME` prints the same on a terminal. The symbols are
those of the core, the docstring of `layout_opt/core.py`. [Adding a policy](adding-a-policy.md) takes one file and one test.

A limit that a model gives a `penalty` is softened: each unit of excess costs that much in the objective. What a policy decides besides layout
and transfers stands in `decisions.csv` of a run, what it brings about in `outcomes.csv`.

## Mechanisms

| row | in the policy paper | family |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    for number, phrase in enumerate(MECHANISMS, 1):
        served = [f"[`{name}`](#{name})" for name, cls in families().items() if number in cls.serves]
        rows.append(f"| {number} | {phrase} | {', '.join([*served, *([BEYOND[number]] if number in BEYOND else [])])} |")
    return INTRODUCTION + "\n".join(rows) + "\n\n" + "\n".join(section(name, cls) for name, cls in families().items())


def section(name: str, cls: type[Policy]) -> str:
    """One family."""
    parts = [f"## {name}", f"{cls.title['en']} ({cls.title['zh']}). In the paper: {cls.phrase}.", prose(statement(name))]
    parts.append(prose(inspect.getdoc(cls) or ""))
    parts += tables(cls)
    found = example(name)
    if found:
        parts.append(f"In the shipped model `{found[0]}`:\n\n```toml\n{found[1]}```")
    told = [f"{text['en']} (`{outcome}`)" for outcome, text in cls.words.items()]
    parts.append(f"What the report says: {'; '.join(told)}." if told else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(text: str) -> str:
    """A docstring as Markdown: literal blocks after `::` become code blocks."""
    lines, block = list[str](), False
    for line in inspect.cleandoc(text).splitlines():
        if block and line and not line.startswith(" "):
            lines += ["```", ""]
            block = False
        if line.endswith("::"):
            lines += [line[:-1], "", "```text"]
            block = True
        elif not (block and not line and lines[-1] == "```text"):
            lines.append(line[4:] if block else line)
    text = "\n".join([*lines, *(["```"] if block else [])])
    return re.sub(r"\n+```(\n|$)", r"\n```\1", text)


def tables(cls: type[Policy]) -> list[str]:
    """What a family reads: columns of the format's tables, and tables of its own with their columns."""
    own = {table.name for table in cls.tables}
    read = [f"`{table}` ({', '.join(columns)})" if columns else f"`{table}`" for table, columns in cls.reads.items() if table not in own]
    parts = [f"Reads {', '.join(read)}."] if read else []
    for table in cls.tables:
        rows = "\n".join(f"| `{c.name}` | {kind(c)} |" for c in table.columns)
        parts.append(f"Table `{table.name}`{'' if table.name in cls.reads else ' (optional)'}:\n\n| column | holds |\n|---|---|\n{rows}")
    return parts


def kind(column: Column) -> str:
    """What a column may hold, in words."""
    unit = f", {column.unit}".replace("{money}", "money").replace("{output}", "output") if column.unit else ""
    ends = [f"{sign} {end:g}" for sign, end in ((">=", column.low), (">", column.above), ("<=", column.high)) if end is not None]
    said = [column.kind + unit, *ends, *([f"one of {', '.join(column.choices)}"] if column.choices else [])]
    said += [f"a key of {' or '.join(column.refers)}"] if column.refers else []
    said += ["key"] * column.key + ["may be absent"] * column.optional + ["may be empty"] * column.blank
    return "; ".join(said)


def example(name: str) -> tuple[str, str] | None:
    """A shipped model that uses a family, and how: the one with the fewest policies."""
    found = []
    for model in names("models"):
        definition = load_definition(model)
        found += [(len(definition.policies), model, label, e) for label, e in definition.policies.items() if e.family == name]
    if not found:
        return None
    _, model, label, entry = min(found, key=lambda use: use[:3])
    stated = {"family": name, **entry.parameters, **({} if entry.penalty is None else {"penalty": entry.penalty})}
    return model, f"[policies.{label}]\n" + "".join(f"{key} = {literal(value)}\n" for key, value in stated.items())


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


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
