"""Docstrings say what a thing is and does: a noun phrase and a verb, three lines for a room, names of what is there."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from patrol.config import CHECKOUT
from patrol.db import models

ROOTS = ("patrol", "spiders", "pipelines", "fingerprints", "reports")


@cache
def _sources() -> dict[Path, ast.Module]:
    found = [path for root in ROOTS for path in (CHECKOUT / root).rglob("*.py")]
    assert len(found) > 250
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in found}


_NO_VERB = re.compile(
    r"(The|An?|Wh(at|ether|ich|o|om|ere|en|y)|How|All|Every|Everything|Each|One|Two|Is|Are|As|Of|By|For|From|Only|Raises|Those)\b|[`(\"\d]"
)
"""How no docstring of a function begins: with what it returns instead of what it does."""


def _docstring(node: ast.AST) -> str:
    assert isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    return ast.get_docstring(node) or ""


def _public_functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _public_functions(child)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not (
            child.name.startswith("_") or any("property" in ast.unparse(one) for one in child.decorator_list)
        ):
            yield child


def test_a_module_begins_with_a_noun_phrase_and_a_verb() -> None:
    """“Crawl frontier: decides which URLs a run opens …”; a room's ``__init__`` has its three lines instead."""
    for path, tree in _sources().items():
        first, *rest = _docstring(tree).splitlines()
        if path.name == "__init__.py":
            assert rest[1].startswith("Never here: "), path
            assert rest[2].startswith("Start reading "), path
        else:
            assert re.match(r"[^:]{3,60}: [a-z`].{10,}", first), (path, first)
            assert len(first) <= 125, (path, first)


def test_what_a_public_function_does_begins_with_a_verb() -> None:
    seen = 0
    for path, tree in _sources().items():
        for function in _public_functions(tree):
            words = _docstring(function)
            seen += bool(words)
            assert not _NO_VERB.match(words), f"{path}: {function.name}: {words}"
    assert seen > 700


def _stands(dotted: str) -> bool:
    """Whether a room, a module, or a name in one is there."""
    place, *rest = CHECKOUT, *dotted.split(".")
    while rest and (place / rest[0]).is_dir():
        place, *rest = place / rest[0], *rest[1:]
    if not rest:
        return True
    module = (place / rest[0]).with_suffix(".py")
    names, source = (rest[1:], module) if module.is_file() else (rest, place / "__init__.py")
    return all(re.search(rf"\b{name}\b", source.read_text(encoding="utf-8")) for name in names)


def test_files_and_modules_that_docstrings_name_are_there() -> None:
    others = (path for folder in ("benchmarks", "tests") for path in (CHECKOUT / folder).rglob("*.py"))
    names = {path.name for path in (*_sources(), *others)}
    seen = 0
    for path, tree in _sources().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            words = _docstring(node)
            for file in re.findall(r"``(?:[\w/]+/)?(\w+\.py)``", words):
                seen += 1
                assert file in names, f"{path}: {file}"
            for dotted in re.findall(rf"``((?:{'|'.join(ROOTS)})(?:\.\w+)+)``", words):
                seen += 1
                column = dotted.split(".")[1] in models.Patrol.__table__.columns
                assert column or dotted == "patrol.toml" or _stands(dotted), f"{path}: {dotted}"
    assert seen > 80


def test_examples_in_docstrings_hold() -> None:
    seen = 0
    for path in _sources():
        if ">>> " in path.read_text(encoding="utf-8"):
            name = path.relative_to(CHECKOUT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
            outcome = doctest.testmod(importlib.import_module(name))
            seen += outcome.attempted
            assert outcome.failed == 0, name
    assert seen > 30
