"""Crawl job: tells the crawling process what to do, as one line of JSON on its standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SiteJob:
    """One site: the spider to start (``kind``), whether it needs a browser, which targets it serves, the share of a
    place that it takes (``places``), the figures for which its file says what is normal, the file's digest, and what else
    the spider is told (``arguments``, by name)."""

    name: str
    kind: str
    browser: bool
    targets: tuple[int, ...]
    share: float = 1.0
    expected: tuple[str, ...] = ()
    digest: str = ""
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """``minutes``: after which the crawl is to stop gently (0: never); ``all_pages``: due or not."""

    workspace: str
    patrol_id: int
    sites: tuple[SiteJob, ...]
    log_file: str
    minutes: float = 0.0
    all_pages: bool = False

    def to_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Job:
        raw = json.loads(line)
        sites = tuple(_site(site) for site in raw.pop("sites"))
        return cls(sites=sites, **raw)


def _site(raw: dict[str, Any]) -> SiteJob:
    plain = {name: tuple(raw[name]) for name in ("targets", "expected")}
    return SiteJob(**{**raw, **plain, "arguments": tuple((name, value) for name, value in raw["arguments"])})
