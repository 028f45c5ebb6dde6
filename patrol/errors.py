"""Errors: tell a person, in Chinese, what is wrong, where, and what to do.

The command line prints ``str(error)`` and exits with ``exit_code``; nothing else needs to catch them.
"""

from __future__ import annotations

from dataclasses import dataclass


class PatrolError(Exception):
    """Something that a person can put right. ``str(error)`` is the Chinese message."""

    exit_code = 2


class ConfigError(PatrolError):
    """The workspace or its ``patrol.toml`` is missing or wrong."""


class InputError(PatrolError):
    """A file that a person gave cannot be used. Nothing of it was taken over."""


class DatabaseError(PatrolError):
    """The database cannot be reached, is of another version, or is locked by another program."""


class EvidenceError(PatrolError):
    """Evidence could not be written or read; the patrol stops rather than go on without it."""


class BusyError(PatrolError):
    """Another patrol is at work in the same workspace."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a person's file: where (``file``, ``row`` and ``column`` as the person counts, from 1,
    or a YAML line), what is wrong, and how to mend it."""

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f" 第 {self.row} 行"
        if self.column:
            place += f"「{self.column}」列"
        text = f"{place}：{self.message}"
        return f"{text}。{self.remedy}" if self.remedy else text


class InputProblems(InputError):
    """Several faults in one file, all named at once so that they are mended in one go."""

    def __init__(self, problems: list[Problem], summary: str = "") -> None:
        self.problems = problems
        shown = [str(p) for p in problems[:20]]
        if len(problems) > 20:
            shown.append(f"……另有 {len(problems) - 20} 处问题")
        super().__init__("\n".join(([summary] if summary else []) + shown))
