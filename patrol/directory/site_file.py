"""Reading a site file: YAML 1.2 with every scalar kept as text, and each fault as one Chinese sentence with its line.

The text is looked over line by line for the slips that YAML punishes with silence or English (``yaml_slips``) before
it is parsed; what the model then refuses is located by the key's line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from patrol.directory.site_model import Limit, Pace, SiteFile, States, unknown_key
from patrol.errors import InputError, InputProblems, Problem
from patrol.sheets import decode, read_bytes

FILE_NAME = "site.yaml"
_KEY = re.compile(r"^(\s*(?:- )?)([\w-]+):(\s+)(\S.*)$")
_SECTIONS: dict[str, type] = {"limit": Limit, "pace": Pace, "states": States}


class SiteProblem(InputProblems):
    """A site file that cannot be used; its text names file, line and remedy."""


def load_site(path: Path) -> SiteFile:
    """Read ``path`` (a ``site.yaml`` or its folder). Raises SiteProblem with every fault found."""
    file = path / FILE_NAME if path.is_dir() else path
    name = f"{file.parent.name}/{file.name}"
    try:
        raw = read_bytes(file)
        text = decode(raw, name)
    except InputError as error:
        raise SiteProblem([Problem(name, str(error))]) from error
    slips = yaml_slips(text)
    if slips:
        raise SiteProblem([Problem(name, said, line, None, remedy) for line, said, remedy in slips])
    value, lines = _parsed(text, name)
    site = _checked(value, lines, name)
    return site.model_copy(update={"sha256": _folder_digest(file.parent)})


def find_sites(folders: Iterable[Path]) -> dict[str, SiteFile | SiteProblem]:
    """Every site folder by its name, in the first of ``folders`` that has it; a faulty one as its problem."""
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


def yaml_slips(text: str) -> list[tuple[int, str, str]]:
    """The slips lay people make in YAML: (line from 1, what is wrong, how to write it)."""
    slips = []
    for number, line in enumerate(text.splitlines(), 1):
        said = _slip(line)
        if said:
            slips.append((number, said[0], f"改成：{said[1]}"))
    return slips


def _slip(line: str) -> tuple[str, str] | None:
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return "行首用了制表符（Tab），YAML 只认空格", line.replace("\t", "  ")
    wide = re.match(r"^(\s*(?:- )?)([\w-]+)：\s*(.*)$", line)
    if wide:
        return "冒号是中文全角的，要用英文半角冒号加一个空格", f"{wide[1]}{wide[2]}: {wide[3]}"
    tight = re.match(r"^(\s*)([a-z_]+):(?!//)(\S.*)$", line)
    if tight and not tight[3].startswith(("/", ":")):
        return "冒号后面要有一个空格", f"{tight[1]}{tight[2]}: {tight[3]}"
    dash = re.match(r"^(\s*)-([^\s\-].*)$", line)
    if dash:
        return "短横后面要有一个空格", f"{dash[1]}- {dash[2]}"
    found = _KEY.match(line)
    if found:
        head, key, _, value = found.groups()
        return _value_slip(f"{head}{key}: ", value)
    return None


def _value_slip(head: str, value: str) -> tuple[str, str] | None:
    if re.match(r"#\S", value):
        return "井号开头的内容会被当作注释丢掉，要加引号", f"{head}'{value}'"
    if value[0] in "@`%":
        return f"“{value[0]}”开头的内容要加引号", f"{head}'{value}'"
    if value[0] in "*&" and not value.startswith(("* ", "& ")):
        return f"“{value[0]}”开头的内容会被当作引用，要加引号", f"{head}'{value}'"
    if value[0] not in "'\"[{|>" and re.search(r":\s", value):
        return "内容里有冒号加空格，要整个加引号", f"{head}'{value}'"
    return None


def _parsed(text: str, name: str) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    """The mapping with text for every scalar, and the line (from 1) of each path."""
    try:
        root = YAML(pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise SiteProblem(
            [Problem(name, "这一行的写法 YAML 读不懂", line, None, "检查缩进、引号和括号是否成对")]
        ) from error
    except YAMLError as error:
        raise SiteProblem([Problem(name, "文件里有 YAML 不允许的字符")]) from error
    lines: dict[tuple[Any, ...], int] = {}
    problems: list[Problem] = []
    value = _plain(root, (), lines, problems, name)
    if not isinstance(value, dict):
        problems = [Problem(name, "里面应当是“名称: 内容”的行", 1, None, "最少三行：name、kind、start")]
    if problems:
        raise SiteProblem(problems)
    return value, lines


def _plain(
    node: Node | None, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int], problems: list[Problem], name: str
) -> Any:
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            word = str(key.value)
            lines[(*path, word)] = key.start_mark.line + 1
            if word in found:
                problems.append(Problem(name, f"“{word}”写了两次", key.start_mark.line + 1, None, "只留一个"))
            found[word] = _plain(value, (*path, word), lines, problems, name)
            if found[word] is None:
                said = f"“{word}”后面没有内容" + ("（井号开头的内容要加引号，否则会被当作注释）" if path else "")
                problems.append(Problem(name, said, key.start_mark.line + 1, None, "写上内容，或删掉这一行"))
        return found
    if isinstance(node, SequenceNode):
        return [_plain(part, (*path, n), lines, problems, name) for n, part in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    if node.style is None and node.value in ("", "~", "null", "Null", "NULL"):
        return None
    return str(node.value)


def _checked(value: dict[str, Any], lines: dict[tuple[Any, ...], int], name: str) -> SiteFile:
    known = [key for key in SiteFile.model_fields if key != "sha256"]
    problems = [Problem(name, unknown_key(key, known), lines.get((key,))) for key in value if key not in known]
    for section, model in _SECTIONS.items():
        part = value.get(section)
        if isinstance(part, dict):
            keys = list(model.model_fields)  # type: ignore[attr-defined]
            problems += [Problem(name, unknown_key(k, keys), lines.get((section, k))) for k in part if k not in keys]
    if problems:
        raise SiteProblem(problems)
    try:
        return SiteFile.model_validate(value)
    except ValidationError as error:
        raise SiteProblem([_located(e, lines, name) for e in error.errors()]) from error


def _located(error: Any, lines: dict[tuple[Any, ...], int], name: str) -> Problem:
    place = tuple(part for part in error["loc"] if part not in ("str", "SearchStart"))
    said = str(error["msg"]).removeprefix("Value error, ")
    kind = error["type"]
    key = ".".join(map(str, place))
    if place[:1] == ("extract",):
        word = re.match(r"(?:没有“)?(\w+)", said)
        place = ("extract", word.group(1)) if word and ("extract", word.group(1)) in lines else place
        key = ".".join(map(str, place))
    if kind == "missing":
        return Problem(name, f"缺少“{key}”", None, None, _help(place))
    if kind in ("literal_error", "enum"):
        said = f"“{error['input']}”不在可选范围内（可选：{error.get('ctx', {}).get('expected', '').replace(' or ', '、')}）"
    elif kind.startswith(("int", "float", "greater", "less")):
        said = f"“{error['input']}”应当是合适的数字"
    elif kind == "string_pattern_mismatch":
        said = f"“{error['input']}”的写法不对"
    elif kind.startswith("date"):
        said = f"“{error['input']}”不是日期，请写成 2026-11-20 这样"
    elif kind == "string_too_short":
        said = "不能是空的"
    line = next((lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines), None)
    return Problem(name, f"{key}：{said}" if key else said, line, None, _help(place))


def _help(place: tuple[Any, ...]) -> str:
    field = SiteFile.model_fields.get(str(place[0])) if place else None
    return f"{field.title}：{field.description}" if field is not None else ""


def _folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's own files, in order: what extraction depends on."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and "samples" not in p.parts):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
