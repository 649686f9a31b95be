"""The report in a user's own Word document: its named fields filled, its styles kept."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import Environment, TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing
from lxml import etree

from layout_opt.errors import Fault, InputError, Place, suggest
from layout_opt.report.task import Task
from layout_opt.report.word.fields import fields, filters
from layout_opt.report.word.filling import Gaps

GROUPS = ("section", "table", "figure", "rows", "columns", "data")  # of fields: what stands before the point of a name
HOW = "Write fields as docs/reports.md shows."
ROWS = "A loop over the rows of a table begins with {%tr for ... %} in a row of its own and ends with {%tr endfor %} in another."


class Form(DocxTemplate):  # type: ignore[misc]  # the package has no types
    """A template that raises where its base would drop what does not fit, and whose properties are text, not XML."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml.encode())
        return super().fix_tables(xml)

    def render_properties(self, context: dict[str, Any], jinja_env: Environment | None = None) -> None:
        super().render_properties(context, jinja_env and jinja_env.overlay(autoescape=False))


def fill(path: Path, task: Task) -> WordDocument:
    """The template with every field filled.

    Raises `InputError` where it is no Word document, names fields that do not exist, or cannot be filled.
    """
    form, gaps = _read(path), Gaps()
    context = fields(task, gaps.hold)
    unknown: list[Undefined] = []
    environment = SandboxedEnvironment(undefined=_noting(unknown))
    environment.filters |= filters(task.words)
    try:
        form.render(context, environment, autoescape=True)
    except TemplateSyntaxError as error:
        raise _refused(path, f"a field cannot be read: {error.message}", HOW) from None
    except etree.XMLSyntaxError:
        raise _refused(path, "a loop or a condition begins in one place and ends in another where it does not fit", ROWS) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        if not unknown:
            raise _refused(path, f"a field cannot be filled: {error}", HOW) from None
    if unknown:
        raise InputError(faults=list(dict.fromkeys(_unknown(path, context, field) for field in unknown)))
    document: WordDocument = form.docx
    gaps.fill(document, task, path.name)
    document.core_properties.title = document.core_properties.title or context["title"]
    return document


def _read(path: Path) -> Form:
    try:
        form = Form(path)
        form.init_docx()
    except FileNotFoundError:
        raise _refused(path, "no such file", "Correct the name.") from None
    except PermissionError:
        raise _refused(path, "cannot be read", "Allow it to be read, or copy it.") from None
    except (PackageNotFoundError, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, ValueError, OSError):
        raise _refused(path, "is no Word document", "Save it in Word as a .docx file.") from None
    return form


def _refused(path: Path, what: str, remedy: str) -> InputError:
    return InputError(faults=[Fault(what, Place(path.name), remedy)])


def _noting(unknown: list[Undefined]) -> type[Undefined]:
    """The kind of undefined value that notes itself where it is used, so that all are told at once."""

    class Noting(Undefined):
        def __str__(self) -> str:
            unknown.append(self)
            return ""

        def __iter__(self) -> Any:
            unknown.append(self)
            return iter(())

        def __bool__(self) -> bool:
            unknown.append(self)
            return False

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            unknown.append(self)
            return self

    return Noting


def _unknown(path: Path, context: dict[str, Any], field: Undefined) -> Fault:
    """The fault of a field that does not exist, with the names that do."""
    group, name = field._undefined_obj, str(field._undefined_name)
    prefix = next((f"{key}." for key in GROUPS if context[key] is group), "")
    known = list(context) if group is missing else list(vars(group)) if isinstance(group, SimpleNamespace) else []
    if not known:
        return Fault("no such part of a field", Place(path.name), HOW, name)
    meant = suggest(name, known)
    remedy = " ".join([*([meant] if meant.startswith("Did") else []), f"Known: {', '.join(known)}."])
    return Fault("no such field", Place(path.name), remedy, prefix + name)
