"""TOML documents into frozen, validated objects, with every fault reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from layout_opt.errors import Fault, InputError, Place, suggest

M = TypeVar("M", bound=BaseModel)


class Settings(BaseModel):
    """Base of everything that is read from TOML: frozen, unknown keys refused, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)


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
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputError(faults=[Fault("the file is missing", Place(shown), f"Create it or correct the name; looked in {path.parent}.")]) from None
    except (IsADirectoryError, PermissionError) as error:
        raise InputError(faults=[Fault(f"cannot be read: {error.strerror}", Place(shown), "It must be a readable file.")]) from None
    except UnicodeDecodeError:
        raise InputError(faults=[Fault("is not UTF-8", Place(shown), "Save the file with encoding UTF-8.")]) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(faults=[Fault(f"is not valid TOML: {error}", Place(shown), "Correct the line that the message names.")]) from None


def parse(model: type[M], data: Mapping[str, Any], file: str, prefix: str = "") -> M:
    """Validate `data` against a settings model.

    Raises `InputError` with one fault per wrong, missing or unknown key; `file` and the dotted key say where.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise InputError(faults=list(_faults(model, error, file, prefix))) from None


def _faults(model: type[BaseModel], error: ValidationError, file: str, prefix: str) -> Iterable[Fault]:
    for problem in error.errors(include_url=False, include_context=False):
        location = [str(part) for part in problem["loc"]]
        where = Place(file, column=prefix + ".".join(location))
        value = problem["input"]
        shown = None if isinstance(value, dict) else str(value)
        match problem["type"]:
            case "extra_forbidden":
                known = _keys(model, location[:-1])
                yield Fault(f"unknown key {location[-1]!r}", where, suggest(location[-1], known))
            case "missing":
                yield Fault("the key is missing", where, f"Add {prefix + '.'.join(location)}.")
            case _:
                message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
                yield Fault(message, where, "Correct the value.", shown)


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
