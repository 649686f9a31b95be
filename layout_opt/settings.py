"""TOML documents into frozen, validated objects, with every fault reported at once."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from layout_opt.errors import Fault, InputError, Place, suggest

M = TypeVar("M", bound=BaseModel)


class Settings(BaseModel):
    """Base of everything that is read from TOML: frozen, unknown keys refused, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields.get(str(info.field_name))
        if isinstance(value, bool) and field is not None and not {bool, Any} & {field.annotation, *get_args(field.annotation)}:
            raise ValueError("must not be true or false")
        return value


class Text(Settings):
    """A text that people read, in English and Chinese."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def _ascending(years: tuple[int, ...]) -> tuple[int, ...]:
    if not years or list(years) != sorted(set(years)):
        raise ValueError("must be one or more years, each later than the one before")
    return years


Years = Annotated[tuple[int, ...], AfterValidator(_ascending)]


def read_toml(path: Path, name: str | None = None) -> dict[str, Any]:
    """Parse a TOML file.

    Raises `InputError` when the file is missing, is not UTF-8 or is not TOML; the message of the parser names line and column.
    """
    shown = name or path.name

    def refuse(what: str, remedy: str, row: int | None = None) -> InputError:
        return InputError(faults=[Fault(what, Place(shown, row=row), remedy)])

    try:
        data = path.read_bytes()
        return tomllib.loads(data.decode("utf-8-sig"))
    except FileNotFoundError:
        raise refuse("the file is missing", f"Create it or correct the name; looked in {path.parent}.") from None
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}", "It must be a readable file.") from None
    except UnicodeDecodeError as error:
        raise refuse("is not UTF-8", "Save the file with encoding UTF-8.", data[: error.start].count(b"\n") + 1) from None
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: a number of 5000 digits, arrays nested 1000 deep
        raise refuse(f"is not valid TOML: {error}", "Correct the line that the message names.") from None


def parse(model: type[M], data: Mapping[str, Any], file: str, prefix: str = "") -> M:
    """Validate `data` against a settings model.

    Raises `InputError` with one fault per wrong, missing or unknown key; `file` and the dotted key say where.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise InputError(faults=list(_faults(model, error, file, prefix))) from None


def mend(model: type[M], data: Mapping[str, Any], file: str, stand_ins: Mapping[str, Any]) -> tuple[M, list[Fault], set[str]]:
    """Validate as `parse` does, but go on after faults, so that what hangs on the settings can be checked too.

    What is wrong is left out, and a required key that is missing takes its stand-in. Returns the settings, the faults, and the keys that took
    their stand-in.
    """
    mended, faults, replaced = copy.deepcopy(dict(data)), list[Fault](), set[str]()
    while True:
        try:
            return model.model_validate(mended), faults, replaced
        except ValidationError as error:
            faults = faults or list(_faults(model, error, file, ""))
            for problem in error.errors(include_url=False, include_context=False, include_input=False):
                top = str(problem["loc"][0])
                if top in mended:
                    _drop(mended, list(problem["loc"]))
                elif top in stand_ins:
                    mended[top] = stand_ins[top]
                    replaced.add(top)


def _drop(data: Any, location: list[Any]) -> None:
    """Delete the innermost part of `location` that exists."""
    first, *rest = location
    if not isinstance(data, dict) or first not in data:
        return
    inside = data[first]
    if rest and isinstance(inside, dict) and rest[0] in inside:
        _drop(inside, rest)
    else:
        del data[first]


def _faults(model: type[BaseModel], error: ValidationError, file: str, prefix: str) -> Iterable[Fault]:
    seen = set()
    for problem in error.errors(include_url=False, include_context=False):
        location = [str(part) for part in problem["loc"]]
        if problem["type"] != "missing" and location[-1] in ("int", "str"):  # the type tried, where a key may hold either
            location.pop()
        where = Place(file, column=prefix + ".".join(location))
        value = problem["input"]
        shown = None if isinstance(value, dict) else str(value)
        match problem["type"]:
            case "extra_forbidden":
                yield Fault(f"unknown key {location[-1]!r}", where, suggest(location[-1], _keys(model, location[:-1])))
            case "missing":
                yield Fault("the key is missing", where, f"Add {prefix + '.'.join(location)}.")
            case "model_type":
                yield Fault("must be a table of keys", where, f"Write [{prefix + '.'.join(location)}] and its keys below it.", shown)
            case "string_pattern_mismatch":
                yield Fault("is not a name", where, "Use letters, digits, '-', '_' and '.'.", shown)
            case _ if where not in seen:  # a choice of types yields a problem per type
                message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
                yield Fault(message, where, "Correct the value.", shown)
        seen.add(where)


def _keys(model: type[BaseModel], path: list[str]) -> list[str]:
    """Names of the fields of the settings model found at `path` below `model`."""
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", {})
        if part in fields:
            current = fields[part].annotation
        candidates = [current, *get_args(current)]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), current)
    return list(getattr(current, "model_fields", {}))
