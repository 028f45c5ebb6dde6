"""Items: carry one fetched page from spiders to pipelines, frozen. Nothing here knows Scrapy.

A spider fills it; the pipeline steps attach what they add with ``dataclasses.replace``; nobody changes it in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patrol.net.connection import Connection
from patrol.vocabulary import PageKind, PageState, UnreadReason

ITEM, HOME, RECHECK = "item", "home", "recheck"
"""Roles of a page: one that is compared; the home page, kept for its numbers; one that has vanished from the lists."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bytes of one fetch as they went over the wire, which is what evidence keeps.

    ``response_body`` is the body as received after transfer decoding and content decoding done by the downloader;
    header lists keep order and repetition. ``rendered_dom`` (UTF-8) is set when a browser built the page.
    ``private_headers``: a logged-in session was used, so what would open it to others is kept as a digest only.
    """

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    fetched_at: datetime
    ip_address: str = ""
    rendered_dom: bytes | None = None
    screenshot_png: bytes | None = None
    api_responses: tuple[tuple[str, bytes], ...] = ()
    connection: Connection | None = None
    private_headers: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a page was read, in characters without white space.

    ``visible``: what a person would see; ``read``: what of it stands in the text that is compared; ``hidden``: in blocks
    that open by a click (folds, tabs), read like the rest; ``added``: taken from structured data or embedded state, not
    visible without scripts; ``left_out``: what of the visible was left out, by rule (导航, 链接列表, …).
    ``hints``: signs that the page shows more than reached us, the strongest first, each with what it was told by
    (a frame's address, a count); an ordinary page that shows its content has none but ``CUT``.
    """

    visible: int = 0
    read: int = 0
    hidden: int = 0
    added: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    hints: tuple[tuple[UnreadReason, str], ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the visible characters that were read; 1 where there are none."""
        return min(1.0, self.read / self.visible) if self.visible else 1.0


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the site's rules (or the fallbacks) read off the page. Empty strings and None: not found.

    ``rules`` says for each filled field which rule gave it. ``sales_at_least``: the page said “1.2万+”.
    ``rest``: what else the page shows and is no part of its text (readers' remarks, folds, frames), compared as well.
    ``reading``: how much of the page that was; None for what was not read from a page (rows of a table).
    """

    title: str = ""
    text: str = ""
    author: str = ""
    seller: str = ""
    seller_url: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    price: Decimal | None = None
    sales: int | None = None
    sales_at_least: bool = False
    views: int | None = None
    published: datetime | None = None
    images: tuple[str, ...] = ()
    footer: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page came from that we did not fetch: which file, which ``place`` in it (第3条记录, unique there), who brought
    it. What the file says of itself is a claim: ``claimed_at`` is when it says that the page was saved, ``claimed_by``
    where it says so, ``address_by`` where the address stands."""

    file: str
    file_sha256: str
    place: str = ""
    source: str = ""
    note: str = ""
    claimed_at: datetime | None = None
    claimed_by: str = ""
    address_by: str = ""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that was brought, to be kept byte by byte before its pages are. ``companions``: (name, path) of the
    resources that a browser saved beside it; ``by``: the account of this machine that imported it."""

    target_id: int | None
    path: str
    name: str
    sha256: str
    source: str = ""
    note: str = ""
    by: str = ""
    companions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Revisit:
    """A page found as it was: the capture whose bytes still hold (WARC ``revisit``, ISO 28500:2017, 6.7).

    ``not_modified``: the server said so (304), else the payload was fetched and is identical. ``judge``: to be compared
    anew, because the library has changed since.
    """

    record_id: str
    url: str
    fetched_at: datetime
    payload_sha256: str
    not_modified: bool
    judge: bool = False


@dataclass(frozen=True, slots=True)
class ListLook:
    """One list page as ``patrol sites try`` saw it: the items it leads to, and the next page ("" for none)."""

    url: str
    state: PageState
    exchange: Exchange
    links: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class PageItem:
    """One page on its way to becoming evidence, text, matches and perhaps a lead.

    ``parts``: the further exchanges that were joined into ``extracted.text`` (chapters split over pages), in order.
    ``role``: see ``ITEM``. ``authority``: the written authority under which robots.txt was overridden, "" where it was obeyed.
    ``origin`` is set for an imported page: its exchange was not ours, and its ``fetched_at`` is when it was imported.
    ``capture_id`` is None until the evidence step has put the bytes on disk.
    """

    patrol_id: int
    target_id: int | None
    site: str
    page_kind: PageKind
    state: PageState
    url: str
    canonical_url: str
    exchange: Exchange
    extracted: Extracted
    site_file_sha256: str = ""
    authority: str = ""
    parts: tuple[Exchange, ...] = ()
    origin: Origin | None = None
    capture_id: int | None = None
    role: str = ITEM
    revisit: Revisit | None = None
    verdicts: tuple[object, ...] = field(default=())

    @property
    def is_compared(self) -> bool:
        """Whether the page goes on to be compared; a home page and a page found as it was are only kept."""
        return self.role != HOME and (self.revisit is None or self.revisit.judge)


@dataclass(frozen=True, slots=True)
class ImageItem:
    """One main image of a page that became a lead. ``number``: its place in the page's list of images;
    ``error`` (Chinese) says why it could not be had, and then there is no exchange."""

    capture_id: int
    page_record_id: str
    page_url: str
    site: str
    number: int
    url: str
    exchange: Exchange | None = None
    error: str = ""
    patrol_id: int = 0
