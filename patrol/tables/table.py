"""Officers' tables: reads a YAML file into typed rows, the workspace's own before the one shipped, and tells every slip.

Each table is declared once, beside the code that reads it: ``LAW = Table("law", "法律依据表", "…", Law)``. A workspace's
``tables/NAME.yaml`` takes the place of ``patrol/tables/NAME.yaml``. A wrong table is refused, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from patrol.errors import ConfigError, InputError, InputProblems, Problem
from patrol.text.encodings import decode
from patrol.text.yaml_lines import Lines, line_at, read_yaml
from patrol.validation import say_fault, unknown_key
from patrol.vocabulary import Labelled

SHIPPED = Path(__file__).resolve().parent
FOLDER = "tables"
T = TypeVar("T")


class Row(BaseModel):
    """A mapping of a table with these keys and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


REMARK = "供本单位自己看，程序不用"
"""Description of a key that only people read."""


def distinct(key: str) -> AfterValidator:
    """Refuse rows of which two have the same ``key``."""

    def check(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[Any] = set()
        for row in rows:
            value = getattr(row, key)
            if value in seen:
                raise ValueError(f"{key}“{value}”写了两次，不可重复")
            seen.add(value)
        return rows

    return AfterValidator(check)


def member(words: type[Labelled]) -> BeforeValidator:
    """Take a member of ``words`` by its value or its Chinese label."""
    return BeforeValidator(lambda value: words.parse(str(value)))


@dataclass(frozen=True)
class Table(Generic[T]):
    """One table: file name without ``.yaml``, Chinese name, what it is for, and the type ``T`` of what stands
    in it, as pydantic reads it."""

    name: str
    title: str
    about: str
    shape: Any

    def path(self, workspace: Path | None) -> Path:
        """Return the file that counts: the own one of the workspace with this root, else the one shipped."""
        own = workspace / FOLDER / f"{self.name}.yaml" if workspace is not None else None
        return own if own is not None and own.is_file() else SHIPPED / f"{self.name}.yaml"

    def read(self, workspace: Path | None) -> T:
        """Return what the table says. Raises ConfigError naming file, line and key of every slip."""
        path = self.path(workspace)
        state = path.stat()
        content: T = _read(self, path, state.st_mtime_ns, state.st_size)[0]
        return content

    def fault(self, workspace: Path | None, place: tuple[int | str, ...], said: str) -> ConfigError:
        """Return the error that says what is wrong with a value that was read: file, line, key, ``said``."""
        path = self.path(workspace)
        state = path.stat()
        lines = _read(self, path, state.st_mtime_ns, state.st_size)[1]
        return ConfigError(str(Problem(str(path), f"{_place(place)}：{said}", line_at(lines, place))))


@lru_cache(64)
def _read(table: Table[Any], path: Path, _changed: int, _size: int) -> tuple[Any, Lines]:
    try:
        content, lines = read_yaml(decode(path.read_bytes(), path.name), str(path))
    except InputProblems as error:
        raise ConfigError("\n".join(map(str, error.problems))) from error
    except InputError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"无法读取 {path}：{error.strerror or error}") from error
    try:
        return TypeAdapter(table.shape).validate_python(content), lines
    except ValidationError as error:
        problems = []
        for fault in error.errors():
            place = tuple(part for part in fault["loc"] if part != "[key]")
            said = say_fault(fault)
            if fault["type"] == "extra_forbidden":
                said = unknown_key(str(place[-1]), fields_at(table.shape, place[:-1]))
            problems.append(Problem(str(path), f"{_place(place)}：{said}", line_at(lines, place)))
        raise ConfigError(str(InputProblems(problems))) from error


def _place(place: tuple[int | str, ...]) -> str:
    return " ".join(f"第 {part + 1} 项" if isinstance(part, int) else f"“{part}”" for part in place) or "全文"


def fields_at(shape: Any, place: tuple[int | str, ...]) -> dict[str, FieldInfo]:
    """Return the keys that a mapping at ``place`` may have, as they stand in the file; none where it may have any."""
    for part in place:
        kind = plain_type(shape)
        if isinstance(part, str) and isinstance(kind, type) and issubclass(kind, BaseModel):
            field = fields_of(kind).get(part)
            shape = field.annotation if field is not None else None
        else:
            arguments = get_args(kind)
            shape = arguments[-1] if arguments and arguments[-1] is not Ellipsis else next(iter(arguments), None)
    kind = plain_type(shape)
    return fields_of(kind) if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys that stand in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def plain_type(shape: Any) -> Any:
    """Return the type without its annotations."""
    return get_args(shape)[0] if get_origin(shape) is Annotated else shape
