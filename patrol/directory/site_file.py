"""Site file reader: reads YAML 1.2 with every scalar as text, and tells each fault in a Chinese sentence with its line.

The text is looked over line by line for the slips that YAML punishes with silence or English (``yaml_mistakes``) before
it is parsed; what the model then refuses is located by the key's line and shown mended with the field's example.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from patrol.directory.site_model import (
    EXTRACT_HELP,
    STARTS,
    Expect,
    Extract,
    Limit,
    Pace,
    SearchStart,
    SiteFile,
    States,
    written_example,
)
from patrol.directory.yaml_mistakes import yaml_slips
from patrol.errors import InputError, InputProblems, Problem
from patrol.text.encodings import decode
from patrol.text.sheets import read_bytes
from patrol.text.yaml_lines import Lines, line_at, read_yaml
from patrol.validation import unknown_key

FILE_NAME = "site.yaml"
SECTIONS: dict[str, type[BaseModel]] = {
    "limit": Limit,
    "pace": Pace,
    "states": States,
    "extract": Extract,
    "expect": Expect,
}


class SiteProblem(InputProblems):
    """A site file that cannot be used; its text names file, line and remedy."""


def load_site(path: Path) -> SiteFile:
    """Read ``path`` (a ``site.yaml`` or its folder). Raises SiteProblem with every fault found."""
    file = path / FILE_NAME if path.is_dir() else path
    name, text = _text_of(file)
    value, lines = _parsed(text, name)
    site = _checked(value, lines, name, text.splitlines(), file.parent)
    return site.model_copy(update={"sha256": _folder_digest(file.parent)})


def read_mapping(file: Path) -> tuple[dict[str, Any], Lines]:
    """Read any YAML file of a site folder as plain values, every scalar a text, with the line of each. Raises
    SiteProblem."""
    name, text = _text_of(file, prose=True)
    return _parsed(text, name)


def _text_of(file: Path, *, prose: bool = False) -> tuple[str, str]:
    """The file's name for messages, and its text, free of the slips that are known."""
    name = f"{file.parent.name}/{file.name}"
    try:
        text = decode(read_bytes(file), name)
    except InputError as error:
        raise SiteProblem([Problem(name, str(error))]) from error
    slips = yaml_slips(text, prose=prose)
    if slips:
        raise SiteProblem([Problem(name, slip.said, slip.line, None, slip.remedy) for slip in slips])
    return name, text


def find_sites(folders: Iterable[Path]) -> dict[str, SiteFile | SiteProblem]:
    """Find every site folder by its name, in the first of ``folders`` that has it; a faulty one as its problem."""
    found: dict[str, SiteFile | SiteProblem] = {}
    for folder in folders:
        for file in sorted(folder.glob(f"*/{FILE_NAME}")):
            name = file.parent.name
            if name in found:
                continue
            try:
                found[name] = load_site(file)
            except SiteProblem as problem:
                found[name] = problem
    return found


def _parsed(text: str, name: str) -> tuple[dict[str, Any], Lines]:
    """The mapping with text for every scalar, and the line (from 1) of each path."""
    try:
        value, lines = read_yaml(text, name, _example)
    except InputProblems as error:
        raise SiteProblem(error.problems) from error
    if not isinstance(value, dict):
        problem = Problem(name, "里面应当是“名称: 内容”的行", 1, None, "最少三行：name、kind、start")
        raise SiteProblem([problem])
    return value, lines


def _example(key: str, inside: bool) -> str:
    return EXTRACT_HELP[key][2] if inside and key in EXTRACT_HELP else ""


def _checked(value: dict[str, Any], lines: Lines, name: str, text: list[str], folder: Path) -> SiteFile:
    try:
        return SiteFile.model_validate(value, context={"folder": folder})
    except ValidationError as error:
        faults = [e for e in error.errors() if not _other_branch(e)]
        known = [_unknown(tuple(e["loc"])) for e in faults if e["type"] == "extra_forbidden"]
        faults = [
            e for e in faults if not (e["type"] == "missing" and any(f"想写 {e['loc'][-1]}？" in k for k in known))
        ]
        raise SiteProblem([_located(e, lines, name, text) for e in faults]) from error


def _other_branch(error: Any) -> bool:
    """Whether this fault is only that a start written as a search is no plain address, or the other way round."""
    if error["loc"][:1] == ("home",):
        return "literal" in error["type"]
    return False


_START_MODELS: dict[str, type[BaseModel]] = {model.__name__: model for model in STARTS.values()}
_SHAPES = ("string_type", "model_type", "dict_type")


def _located(error: Any, lines: Lines, name: str, text: list[str]) -> Problem:
    place = tuple(part for part in error["loc"] if not _is_branch(part))
    place = place[:2] if place[:1] == ("extract",) else place
    line = line_at(lines, place)
    key = ".".join(str(part) for part in place if not isinstance(part, int))
    said, kind = str(error["msg"]).removeprefix("Value error, "), error["type"]
    model = next((_START_MODELS[part] for part in error["loc"] if part in _START_MODELS), None)
    field = _field_at(place, model)
    if kind == "extra_forbidden":
        return Problem(name, _unknown(place, model), line)
    if kind == "missing":
        example = f"加一行，例如 {place[-1]}: {written_example(field)}"
        return Problem(
            name, f"缺少“{key}”（{field.title if field else ''}）", line if place[:-1] else None, None, example
        )
    if kind in ("literal_error", "enum"):
        options = "、".join(re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", ""))))
        said = f"“{error['input']}”不在可选范围内（可选：{options}）"
    elif kind.startswith(("int", "float", "greater", "less")):
        said = f"“{error['input']}”应当是合适的数字"
    elif kind == "string_pattern_mismatch":
        said = f"“{error['input']}”的写法不对"
    elif kind.startswith("date"):
        said = f"“{error['input']}”不是日期"
    elif kind == "string_too_short":
        said = "不能是空的"
    elif kind in _SHAPES:
        said = "这里的写法不对"
    return Problem(name, f"{key}：{said}" if key else said, line, None, _mended(place, field, line, text, said))


def _is_branch(part: Any) -> bool:
    """Whether pydantic put this into the place to tell the members of a union apart."""
    return isinstance(part, str) and (
        part == "str" or part in _START_MODELS or part.startswith(("function-", "literal"))
    )


def _unknown(place: tuple[Any, ...], start: type[BaseModel] | None = None) -> str:
    key, known = str(place[-1]), _keys_at(place[:-1], start)
    for name in known:
        field = _field_at((*place[:-1], name))
        if key.lower() == name or (field is not None and key == field.title):
            return f"没有“{key}”这一项，你是不是想写 {name}？"
    if len(place) == 1 and key not in known:
        inside = get_close_matches(key, list(EXTRACT_HELP), n=1, cutoff=0.7)
        own = get_close_matches(key, list(known), n=1, cutoff=0.7)
        if inside and not own:
            return f"没有“{key}”这一项。字段要写在 extract: 下面，你是不是想写 {inside[0]}？"
    return unknown_key(key, known)


def _keys_at(place: tuple[Any, ...], start: type[BaseModel] | None = None) -> tuple[str, ...]:
    if not place:
        return tuple(name for name in SiteFile.model_fields if name != "sha256")
    model = (start or SearchStart) if place[0] == "start" else SECTIONS.get(str(place[0]))
    return tuple(model.model_fields) if model else ()


def _field_at(place: tuple[Any, ...], start: type[BaseModel] | None = None) -> FieldInfo | None:
    """The model's field that a place in the file stands for."""
    words = [part for part in place if isinstance(part, str)]
    if not words or words[0] not in SiteFile.model_fields:
        return None
    section = (start or SearchStart) if words[0] == "start" else SECTIONS.get(words[0])
    if len(words) > 1 and section is not None:
        return section.model_fields.get(words[1])
    return SiteFile.model_fields[words[0]]


def _mended(place: tuple[Any, ...], field: FieldInfo | None, line: int | None, text: list[str], said: str) -> str:
    """The faulty line with the field's example in the place of what was written."""
    word = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    if field is None or line is None or not word or not written_example(field):
        return ""
    if "true" in said:
        return f"例如改成：{word}: {{css: {written_example(field)}, required: true}}"
    if "改成：" in said or "应写成" in said:
        return ""
    if place[0] in ("steps", "list_steps") and len(place) > 1:
        return ""  # Each verb's own sentence has its example.
    found = re.match(rf"^(\s*(?:- )?){re.escape(word)}:", text[line - 1])
    shown = f"{found[1]}{word}: {written_example(field)}" if found else f"{word}: {written_example(field)}"
    return f"例如改成：{shown}"


def _folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's own files, in order: what extraction depends on."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and "samples" not in p.parts):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
