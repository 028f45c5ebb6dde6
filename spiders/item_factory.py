"""Item factory: puts together what was read of a page as the value that goes down the house (``PageItem``)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from patrol.directory import Assignment, SiteFile
from patrol.items import Exchange, Extracted, PageItem, Revisit
from patrol.text.licences import lines_with_numbers, read_numbers
from patrol.vocabulary import PageKind, PageState
from spiders.reading.page import Page
from spiders.request_context import RequestContext
from spiders.url_expansion import canonical, with_route


@dataclass(frozen=True, slots=True)
class ItemFactory:
    """What all pages of one run have in common. ``targets``: a page by one of their accounts belongs to that target."""

    site: str
    kind: PageKind
    file: SiteFile
    patrol_id: int
    targets: tuple[Assignment, ...] = ()

    def __call__(
        self,
        exchange: Exchange,
        extracted: Extracted,
        state: PageState,
        way: RequestContext,
        parts: tuple[Exchange, ...] = (),
        revisit: Revisit | None = None,
    ) -> PageItem:
        """``parts``: the exchanges before this one, where a text was split."""
        first = parts[0] if parts else exchange
        # A page that is gone is known by the address that was asked for, not by where we were sent.
        came = with_route(first.url, way.asked)
        url = came if state is PageState.PRESENT else way.asked or came
        if canonical(came) != canonical(way.asked) and not parts:
            extracted = replace(extracted, extra=(*extracted.extra, ("redirected_from", way.asked)))
        return PageItem(
            patrol_id=self.patrol_id,
            target_id=self._target_of(extracted, way),
            site=self.site,
            page_kind=self.kind,
            state=state,
            url=url,
            canonical_url=canonical(url),
            exchange=first,
            extracted=extracted,
            site_file_sha256=self.file.sha256,
            parts=(*parts[1:], exchange) if parts else (),
            role=way.role,
            authority=self.file.robots_authority,
            revisit=revisit,
        )

    def was_sent_home(self, asked: str, came: str) -> bool:
        """Tell whether the page asked for was answered by the site's front page or by a page that every run begins
        with, as many sites do with what they took down."""
        wanted, got = urlsplit(asked), urlsplit(came)
        if wanted.netloc != got.netloc or canonical(asked) == canonical(with_route(came, asked)):
            return False
        if not got.path.strip("/") and not got.query:
            return bool(wanted.path.strip("/") or wanted.query)
        starts = [start for start in self.file.start if isinstance(start, str)] if self.file.crawl != "direct" else []
        return canonical(came) in {canonical(url) for url in (self.file.home, *starts) if url}

    def _target_of(self, extracted: Extracted, way: RequestContext) -> int | None:
        names = {extracted.seller, extracted.author} - {""}
        found = next((t for t in self.targets if t.account and t.account in names), None)
        return found.target_id if found else way.target


def of_home(extracted: Extracted, page: Page) -> Extracted:
    """Make a home page into what is kept of it: no text to compare, all lines with numbers in its footer, the numbers
    among ``extra`` (``licence``, kind and number)."""
    lines = (*extracted.footer.splitlines(), *lines_with_numbers(page.visible).splitlines())
    footer = "\n".join(dict.fromkeys(lines))[:4000]
    numbers = tuple(("licence", f"{number.kind.value} {number.number}") for number in read_numbers(footer))
    return replace(extracted, text="", footer=footer, extra=(*extracted.extra, *numbers))
