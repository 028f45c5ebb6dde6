"""Request context: carries from page to page of a walk how a request came about."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.items import ITEM, Extracted


@dataclass(frozen=True, slots=True)
class Series:
    """An address that counts on (``{1..}``): ``template`` with ``{}``, the number that stands in it now, and how many
    before it were not there."""

    template: str
    number: int
    missed: int = 0

    @property
    def url(self) -> str:
        return self.template.replace("{}", str(self.number))


@dataclass(frozen=True, slots=True)
class RequestContext:
    """For which target, at what depth, by which search term; how many lists before it on the same chain had nothing
    new; which address was asked for; the series that it is a number of; in what role the page will be kept; what a feed
    said of it."""

    target: int | None = None
    depth: int = 0
    term: str = ""
    stale: int = 0
    asked: str = ""
    series: Series | None = None
    role: str = ITEM
    told: Extracted | None = None
