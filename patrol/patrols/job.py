"""What the crawling process is told: one line of JSON on its standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class SiteJob:
    """One site: the spider to start (``kind``), whether it needs a browser, which targets it serves, and what else the
    spider is told (``arguments``, by name)."""

    name: str
    kind: str
    browser: bool
    targets: tuple[int, ...]
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    workspace: str
    patrol_id: int
    sites: tuple[SiteJob, ...]
    log_file: str

    def to_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Job:
        raw = json.loads(line)
        sites = tuple(
            SiteJob(
                **{
                    **site,
                    "targets": tuple(site["targets"]),
                    "arguments": tuple((name, value) for name, value in site["arguments"]),
                }
            )
            for site in raw.pop("sites")
        )
        return cls(sites=sites, **raw)
