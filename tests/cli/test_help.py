"""Help and usage errors are Chinese, for every command of the table; a wrong command line ends with status 2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
import typer
from typer._click import Context

from patrol.cli import app
from patrol.cli.commands import COMMANDS, CommandEntry, Entry, GroupEntry
from patrol.cli.tree import make_command
from tests.cli.calling import patrol

ENGLISH = re.compile(
    r"usage|options?\b|arguments?\b|commands?\b|show this|default|required|missing|invalid|error|no such|"
    r"try '|python -m|<\w+>|\b(?:text|integer|float|path|file|bool|str|int)\b",
    re.IGNORECASE,
)
"""What typer says of itself; names of options and commands, and file formats, are not among it."""


def _commands(entries: Mapping[str, Entry] = COMMANDS, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, entry in entries.items():
        yield (*above, name)
        if isinstance(entry, GroupEntry):
            yield from _commands(entry.entries, (*above, name))


ALL = list(_commands())


def _leaves() -> list[tuple[tuple[str, ...], CommandEntry]]:
    found = []
    for words in ALL:
        entry = COMMANDS[words[0]]
        for name in words[1:]:
            assert isinstance(entry, GroupEntry)
            entry = entry.entries[name]
        if isinstance(entry, CommandEntry):
            found.append((words, entry))
    return found


def test_the_table_names_every_command_once() -> None:
    functions = [entry.function for _, entry in _leaves()]
    assert len(functions) > 60
    assert len(set(functions)) == len(functions)


def _without_names(text: str, words: tuple[str, ...]) -> str:
    """Help without what is meant to be typed: the command, option names and examples."""
    text = re.sub(r"(?<![\w-])--?[a-z][a-z-]*", "", text)
    lines = [line for line in text.splitlines() if not line.startswith("例：")]
    return re.sub(rf"patrol {' '.join(words)}", "", "\n".join(lines))


@pytest.mark.parametrize("words", [(), *ALL], ids=" ".join)
def test_help_has_no_english_in_it(words: tuple[str, ...]) -> None:
    done = patrol(*words, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("用法：" + " ".join(["patrol", *words, "[选项]"]))
    assert "显示这份说明" in done.stdout
    said = _without_names(done.stdout, words)
    head = said.split("\n命令\n")[0]
    assert ENGLISH.findall(head) == []


@pytest.mark.parametrize(
    ("words", "entry"), _leaves(), ids=lambda part: " ".join(part) if isinstance(part, tuple) else ""
)
def test_every_placeholder_is_chinese_and_every_parameter_has_its_help(
    words: tuple[str, ...], entry: CommandEntry
) -> None:
    command = make_command(words[-1], entry)
    assert command.help, words
    for param in command.params:
        assert param.help, (words, param.name)
        if param.param_type_name == "argument":
            assert param.metavar, (words, param.name)
            assert re.search("[\u4e00-\u9fff]", param.metavar), (words, param.metavar)


def test_a_summary_is_one_line_without_a_full_stop() -> None:
    for words in ALL:
        entry = COMMANDS[words[0]]
        for name in words[1:]:
            assert isinstance(entry, GroupEntry)
            entry = entry.entries[name]
        assert 0 < len(entry.summary) <= 30, words
        assert not entry.summary.endswith("。"), words


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("leads lst", "没有“lst”这个命令。是不是 list、set？"),
        ("xyz", "没有“xyz”这个命令。"),
        ("leads show", "还没有写“编号”。"),
        ("campaigns add 甲 --since 2026-01-01", "还没有写选项 --until 。"),
        ("leads show 1 2", "多写了“2”。"),
        ("leads list --limit x", "选项 --limit 写得不对，应为整数（至少 1）。"),
        ("leads list --limit 0", "选项 --limit 写得不对，应为整数（至少 1）。"),
        ("match - --floor 3", "选项 --floor 写得不对，应为小数（0 至 1）。"),
        ("leads list --since 昨天", "--since：“昨天”不是日期，请写成 2024-01-05 这样"),
        ("leads list --grad A", "没有 --grad 这个选项。是不是 --grade？"),
        ("leads list --grade", "选项 --grade 后面要写值。"),
        ("leads list --json=3", "选项 --json 后面不写值。"),
        ("-w /nowhere", "没有写要用哪个命令。"),
    ],
)
def test_a_wrong_command_line_is_explained(line: str, said: str) -> None:
    done = patrol(*line.split())
    assert done.returncode == 2
    assert said in done.stderr
    assert ENGLISH.findall(_without_names(done.stderr, ())) == []
    assert done.stdout == ""


@pytest.mark.parametrize("words", [(), ("leads",)])
def test_a_group_without_a_command_shows_its_help(words: tuple[str, ...]) -> None:
    done = patrol(*words)
    assert done.returncode == 2
    assert "\n命令\n" in done.stdout
    assert done.stderr == ""


def test_amounts_may_be_negative_where_the_table_says_so() -> None:
    command = make_command("enter", COMMANDS["campaigns"].entries["enter"])  # type: ignore[union-attr]
    context = Context(command, info_name="enter", ignore_unknown_options=True)
    command.parse_args(context, ["剑网2026", "收缴制品", "-3", "--by", "李警官"])
    assert context.params["value"] == "-3"


def test_the_whole_tree_is_one_typer_application() -> None:
    assert isinstance(app, typer.Typer)
