"""Crawl statistics: name what spiders, pipelines and patrols tell each other about a crawl, each with its type.

All of it stands in Scrapy's statistics of that crawl, under ``patrol/…``; nobody writes or reads such a key but through
the names here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from patrol.vocabulary import RunStatus

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

Stats = Mapping[str, Any]
"""Scrapy's statistics as ``get_stats()`` gives them."""


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number that only grows; 0 where nobody counted."""

    key: str

    def add(self, stats: StatsCollector | None, by: int = 1) -> None:
        assert stats is not None
        stats.inc_value(self.key, by)

    def of(self, stats: Stats) -> int:
        return int(stats.get(self.key, 0))


@dataclass(frozen=True, slots=True)
class Counts:
    """Whole numbers by name; those that were counted."""

    key: str

    def add(self, stats: StatsCollector | None, name: str, by: int = 1) -> None:
        assert stats is not None
        stats.inc_value(f"{self.key}/{name}", by)

    def of(self, stats: Stats) -> dict[str, int]:
        head = f"{self.key}/"
        return {key.removeprefix(head): int(count) for key, count in stats.items() if key.startswith(head)}


@dataclass(frozen=True, slots=True)
class Words:
    """A Chinese sentence; "" where nobody said any."""

    key: str

    def put(self, stats: StatsCollector | None, words: str) -> None:
        assert stats is not None
        stats.set_value(self.key, words)

    def of(self, stats: Stats) -> str:
        return str(stats.get(self.key, ""))


@dataclass(frozen=True, slots=True)
class Fates:
    """How each file of an import fared: target id → (state, reason in Chinese)."""

    key: str

    def put(self, stats: StatsCollector | None, fates: Mapping[int, tuple[RunStatus, str]]) -> None:
        assert stats is not None
        stats.set_value(self.key, fates)

    def of(self, stats: Stats) -> Mapping[int, tuple[RunStatus, str]]:
        found: Mapping[int, tuple[RunStatus, str]] = stats.get(self.key, {})
        return found


# -- what became of pages, said by the pipelines -------------------------------------------------------------------

PAGES = Count("patrol/pages")
"""Pages handed over to be kept."""
CAPTURES = Count("patrol/captures")
"""Pages kept; front pages are counted apart."""
HOMES = Count("patrol/homes")
"""Front pages kept."""
UNCHANGED = Count("patrol/unchanged")
"""Pages kept as found as they were."""
IMAGES = Counts("patrol/images")
"""Images of leads, by ``kept`` and ``missed``."""
MATCHES = Count("patrol/matches")
"""Works that pages were found to match."""
JUDGED = Count("patrol/judged")
"""Pages judged and entered."""
UNJUDGED = Count("patrol/unjudged")
"""Pages kept that could not be judged or entered; the next patrol does."""
LEADS = Count("patrol/leads")
"""Times that a page was entered in a lead."""
LEADS_NEW = Count("patrol/leads/new")
"""Of those, leads that were opened."""
LEADS_JOINED = Count("patrol/leads/joined")
"""Of those, leads that were there before."""
STOPPED = Words("patrol/stopped")
"""Why nothing more could be written, which stopped the crawl."""

# -- how the walk went, said by the spiders ---------------------------------------------------------------------------

SKIPPED = Counts("patrol/skipped")
"""Addresses that were not opened, by reason (``patrol.patrols.outcome.SKIPPED`` has the words)."""
BROWSER_REFUSED = Counts("patrol/browser_refused")
"""Connections that the browser was refused, by reason."""
SEEN = Count("patrol/seen")
"""Items that the site still shows, opened or not."""
READ = Count("patrol/read")
"""Items whose fields were read."""
FIELDS = Counts("patrol/fields")
"""Items on which a field was found, by field."""
WHOLE = Count("patrol/whole")
"""1 for a run that was not ended early, so that its counts can be judged."""
YELLOW = Words("patrol/yellow")
"""What an officer should know about the run as a whole."""
ERROR = Words("patrol/error")
"""Why the site was not visited."""
AUTHORITY = Words("patrol/authority")
"""The approval for not keeping to robots.txt."""
FILES = Count("patrol/files")
"""Files of an import that were read to the end."""
TARGETS = Fates("patrol/targets")
"""How each file of an import fared."""
