"""Site audit: looks, at the end of a patrol, at what the home pages and the shops of its sites show.

Home pages tell only beside each other (a number on two sites) and shops only over all their listings, so both are looked
at once all pages of a patrol are judged. Every reading is bounded; nothing here writes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.db.grouping import Offer
from patrol.db.models import Capture, Lead, Target
from patrol.items import HOME, ITEM
from patrol.judging.assess import JudgingContext
from patrol.judging.credentials import (
    MAX_EXAMPLES,
    SHARED,
    SharedNumber,
    ShopFacts,
    SiteFacts,
    Stock,
    shop_key,
    shop_lead,
    site_key,
    site_lead,
)
from patrol.judging.model import Judgement, PageFacts
from patrol.net.domains import registrable_domain
from patrol.tables.policy import GoodsRow, Policy
from patrol.text.licences import Licence, LicenceKind, lines_with_numbers, normalise, read_numbers
from patrol.vocabulary import Field, LeadStatus, MatchKind, PageKind, PageState

MAX_SITES = 2000
MAX_SAMPLED = 30
"""Other pages of a site that are looked at for numbers which its home page lacks."""


@dataclass(frozen=True, slots=True)
class SiteAudit:
    """``leads``: judgements with a lead, one a site or shop; ``clean``: keys of the sites at which nothing was found."""

    leads: tuple[Judgement, ...] = ()
    clean: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Inside:
    """The newest other pages of a site: their lines with numbers, and how many pages were looked at."""

    lines: str
    sampled: int


@dataclass(frozen=True, slots=True)
class _Home:
    """The newest home page of a site, and what is known of who runs it."""

    capture: Capture
    numbers: tuple[Licence, ...]
    operators: frozenset[str]

    @property
    def footer(self) -> str:
        return str(self.capture.extracted.get("footer", ""))

    def corroboration(self, number: Licence) -> int:
        """How many other kinds of numbers of the same province stand beside it, none in doubt; one more for an
        operator that the directory knows."""
        beside = {n.kind for n in self.numbers if n.place == number.place and not n.doubts and n.kind != number.kind}
        return len(beside) + bool(self.operators)


def audit_sites(session: Session, patrol_id: int, judging: JudgingContext) -> SiteAudit:
    """Look at all sites whose home page this patrol read, and at their shops."""
    policy = judging.policy
    targets: dict[str, list[Target]] = defaultdict(list)
    for target in session.scalars(select(Target)):
        targets[target.site].append(target)
    homes = _homes(session, targets)
    leads: list[Judgement] = []
    clean: list[str] = []
    for site, home in homes.items():
        if home.capture.patrol_id != patrol_id:
            continue
        shelves = _shelves(session, site, policy.goods)
        counted = _copyright_leads(session, site)
        inside = _inside(session, site)
        facts = _site_facts(home, homes, targets[site], inside)
        facts = replace(facts, abroad=judging.abroad(facts.page), copyright_leads=sum(counted.values()))
        is_market = bool(shelves) and _has_several_sellers(session, site)
        if not is_market:
            facts = replace(facts, stock=next(iter(shelves.values()), ()))
        draft = site_lead(facts, policy)
        if draft is not None:
            leads.append(Judgement(facts.page, (), "", draft))
        else:
            clean.append(site_key(site)[1])
        if is_market:
            leads += _shops(session, facts, shelves, counted, policy)
    return SiteAudit(tuple(leads), tuple(clean))


# -- home pages --------------------------------------------------------------------------------------------------------


def _homes(session: Session, targets: Mapping[str, Sequence[Target]]) -> dict[str, _Home]:
    newest = (
        select(func.max(Capture.id))
        .where(Capture.role == HOME, Capture.refers_to == "", Capture.state == PageState.PRESENT.value)
        .group_by(Capture.site)
        .order_by(func.max(Capture.id).desc())
        .limit(MAX_SITES)
    )
    homes = {}
    for capture in session.scalars(select(Capture).where(Capture.id.in_(newest)).order_by(Capture.site)):
        numbers = read_numbers(str(capture.extracted.get("footer", "")))
        operators = frozenset(t.operator for t in targets.get(capture.site, ()) if t.operator)
        homes[capture.site] = _Home(capture, numbers, operators)
    return homes


def _site_facts(home: _Home, homes: Mapping[str, _Home], targets: Sequence[Target], inside: _Inside) -> SiteFacts:
    capture = home.capture
    called = next((t.name for t in targets if not t.url and not t.account), "") or capture.title or capture.site
    fields = Counter(Field(target.field) for target in targets)
    kind = PageKind(capture.page_kind)
    return SiteFacts(
        page=_page(capture, called[:300]),
        footer=home.footer,
        inside=inside.lines,
        sampled=inside.sampled,
        field=fields.most_common(1)[0][0] if fields else Field.LITERATURE,
        is_read=bool(home.footer or capture.title),
        is_collectibles=kind is PageKind.COLLECTIBLE or Field.NFT in fields,
        shared=tuple(_shared(home, homes.values())),
    )


def _page(capture: Capture, title: str) -> PageFacts:
    return PageFacts(
        capture_id=capture.id,
        patrol_id=capture.patrol_id,
        target_id=capture.target_id,
        site=capture.site,
        page_kind=PageKind(capture.page_kind),
        state=PageState(capture.state),
        url=capture.url,
        canonical_url=capture.canonical_url,
        fetched_at=capture.fetched_at,
        title=title,
        ip_address=capture.ip_address,
    )


def _inside(session: Session, site: str) -> _Inside:
    query = (
        select(Capture.extracted)
        .where(Capture.site == site, Capture.role == ITEM, Capture.refers_to == "")
        .order_by(Capture.id.desc())
        .limit(MAX_SAMPLED)
    )
    pages = session.scalars(query).all()
    footers = dict.fromkeys(str(extracted.get("footer", "")) for extracted in pages)
    return _Inside(lines_with_numbers("\n".join(footers)), len(pages))


def _has_several_sellers(session: Session, site: str) -> bool:
    seller = Capture.extracted["seller"].as_string()
    query = select(seller).where(Capture.site == site, Capture.role == ITEM, seller.is_not(None)).distinct().limit(2)
    return len(session.scalars(query).all()) > 1


def _shared(home: _Home, homes: Iterable[_Home]) -> Iterator[SharedNumber]:
    """The numbers that unrelated sites show as well, where not clearly those sites are the borrowers."""
    for number in home.numbers:
        if number.kind not in SHARED or number.doubts:
            continue
        for other in homes:
            if other.capture.site == home.capture.site or _related(home, other) or not _has(other, number):
                continue
            mine, theirs = home.corroboration(number), other.corroboration(number)
            if mine <= theirs:
                yield SharedNumber(number, other.capture.title or other.capture.site, mine < theirs)


def _has(home: _Home, number: Licence) -> bool:
    """A filing's numbers ``…号-1`` and ``…号-2`` are one operator's several sites; the bare number is any of them."""
    for own in home.numbers:
        if own.kind is number.kind and own.number == number.number:
            return True
        if own.kind is number.kind is LicenceKind.ICP_FILING:
            bare = (own.number.partition("-"), number.number.partition("-"))
            if bare[0][0] == bare[1][0] and not (bare[0][2] and bare[1][2]):
                return True
    return False


def _related(home: _Home, other: _Home) -> bool:
    mine, theirs = registrable_domain(home.capture.url), registrable_domain(other.capture.url)
    if home.operators & other.operators or mine == theirs != "":
        return True
    codes = [{n.number for n in h.numbers if n.kind is LicenceKind.CREDIT_CODE} for h in (home, other)]
    return bool(codes[0] & codes[1])


# -- shops -------------------------------------------------------------------------------------------------------------


def _shelves(session: Session, site: str, goods: Sequence[GoodsRow]) -> dict[str, tuple[Stock, ...]]:
    """What each seller of a site offers, by kind of goods; a title counts once."""
    rows = {row.code: row for row in goods}
    titles: dict[tuple[str, str], dict[str, tuple[int, str]]] = defaultdict(dict)
    publishers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    licences: dict[tuple[str, str], set[str]] = defaultdict(set)
    query = (
        select(Offer.seller, Offer.goods, Offer.title, Offer.publisher, Offer.licence, Offer.capture_id)
        .where(Offer.site == site, Offer.goods.in_(rows))
        .order_by(Offer.id)
    )
    for seller, code, title, publisher, licence, capture_id in session.execute(query).yield_per(1000):
        held = (seller, code)
        titles[held].setdefault(normalise(title).casefold(), (capture_id, title))
        if publisher:
            publishers[held][publisher] += 1
        if licence:
            licences[held].add(licence)
    found: dict[str, tuple[Stock, ...]] = {}
    for (seller, code), named in titles.items():
        held = (seller, code)
        shown = tuple(list(named.values())[:MAX_EXAMPLES])
        makers = tuple(maker for maker, _ in publishers[held].most_common())
        stock = Stock(rows[code], len(named), makers, shown, tuple(sorted(licences[held])))
        found[seller] = (*found.get(seller, ()), stock)
    return found


def _shops(
    session: Session,
    site: SiteFacts,
    shelves: Mapping[str, tuple[Stock, ...]],
    counted: Mapping[str, int],
    policy: Policy,
) -> Iterator[Judgement]:
    for seller, stock in shelves.items():
        if not seller:
            continue
        first = session.get(Capture, min(part.examples[0][0] for part in stock))
        if first is None:
            continue
        address = session.scalar(
            select(Offer.seller_url).where(Offer.site == first.site, Offer.seller == seller).limit(1)
        )
        page = replace(_page(first, seller), seller=seller, seller_url=address or "", url=address or first.url)
        draft = shop_lead(ShopFacts(page, site.field, stock, counted.get(seller, 0)), policy)
        if draft is not None:
            yield Judgement(page, (), "", draft)


def _copyright_leads(session: Session, site: str) -> dict[str, int]:
    """How many leads about works each seller of the site has, dismissed ones left out."""
    query = (
        select(Lead.seller, func.count())
        .where(Lead.site == site, Lead.kind != MatchKind.LICENCE.value, Lead.status != LeadStatus.DISMISSED.value)
        .group_by(Lead.seller)
    )
    return {row[0]: row[1] for row in session.execute(query)}


__all__ = ["SiteAudit", "audit_sites", "shop_key", "site_key"]
