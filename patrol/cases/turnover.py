"""Turnover: works out what an infringer's pages say of sales, clicks and works, each sum with its arithmetic.

One listing seen often counts once (its sales only add up on the page), at the lowest price it was seen at, so that an
estimate never says more than the pages do. A figure that an officer verified takes the place of the estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from patrol import clock
from patrol.cases.law import Measure
from patrol.leads.facts import FactKey, Facts
from patrol.leads.views import CaptureView, LeadView
from patrol.vocabulary import MatchKind, PageState


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum and how it came about. ``value`` None: nothing known. ``at_least``: the true figure may be higher."""

    value: Decimal | None = None
    at_least: bool = False
    lines: tuple[str, ...] = ()
    verified: bool = False

    def words(self, unit: str) -> str:
        """Return the sum as officers write it: “14,700 元以上（估算）”."""
        if self.value is None:
            return "未知"
        more = "以上" if self.at_least else ""
        return f"{plain_number(self.value)} {unit}{more}{'（核实）' if self.verified else '（估算）'}"


@dataclass(frozen=True, slots=True)
class Extent:
    """All figures of some leads of one infringer, over the days ``first`` to ``last`` on which their pages were seen."""

    leads: int
    first: date
    last: date
    amounts: Mapping[Measure, Amount] = field(default_factory=dict)

    def of(self, measure: Measure) -> Amount:
        return self.amounts.get(measure, Amount())


def plain_number(value: Decimal) -> str:
    """Write a number with separators, and without needless zeros.

    >>> plain_number(Decimal("11880.00")), plain_number(Decimal("9.90"))
    ('11,880', '9.90')
    """
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"


def extent(views: Sequence[LeadView], facts: Mapping[int, Facts], until: date | None = None) -> Extent:
    """Return the figures of these leads together. ``facts``: by lead id; ``views`` must not be empty; ``until``: only
    what was seen up to that day (for figures of the law that held no longer)."""
    if until is not None:
        views = [_up_to(view, until) for view in views]
    days = [clock.day_of(c.fetched_at) for view in views for c in view.captures]
    days = days or [clock.day_of(view.found_at) for view in views]
    offers = _offers(views)
    turnover = _turnover(views, facts, offers)
    amounts = {
        Measure.TURNOVER: turnover,
        Measure.SALES: turnover,
        Measure.GAINS: _entered(views, facts, FactKey.GAINS),
        Measure.COPIES: _copies(views, facts, offers),
        Measure.WORKS: _works(views),
        Measure.CLICKS: _clicks(offers),
        Measure.DOWNLOADS: _entered(views, facts, FactKey.DOWNLOADS),
        Measure.MEMBERS: _entered(views, facts, FactKey.MEMBERS),
    }
    return Extent(len(views), min(days), max(days), amounts)


def _up_to(view: LeadView, day: date) -> LeadView:
    return replace(view, captures=tuple(c for c in view.captures if clock.day_of(c.fetched_at) <= day))


@dataclass(frozen=True, slots=True)
class _Offer:
    """One page over time: the lowest price, the highest sales and views seen on it."""

    lead: LeadView
    url: str
    price: Decimal | None
    dearer: Decimal | None
    sales: int | None
    at_least: bool
    views: int | None


def _offers(views: Sequence[LeadView]) -> list[_Offer]:
    pages: dict[tuple[str, str], tuple[LeadView, list[CaptureView]]] = {}
    for view in views:
        for capture in view.captures:
            if capture.state is PageState.PRESENT:
                key = (capture.site, capture.canonical_url or capture.url)
                # A page that two leads share counts with the first of them only.
                pages.setdefault(key, (view, []))[1].append(capture)
    return [_offer(lead, url, captures) for (_, url), (lead, captures) in pages.items()]


def _offer(lead: LeadView, url: str, captures: Sequence[CaptureView]) -> _Offer:
    prices = sorted(p for c in captures if (p := _price(c)) is not None)
    best = max(captures, key=lambda c: _count(c, "sales") or 0)
    clicks = [n for c in captures if (n := _count(c, "views")) is not None]
    return _Offer(
        lead=lead,
        url=url,
        price=prices[0] if prices else None,
        dearer=prices[-1] if prices and prices[-1] != prices[0] else None,
        sales=_count(best, "sales"),
        at_least=bool(best.extracted.get("sales_at_least")),
        views=max(clicks) if clicks else None,
    )


def _price(capture: CaptureView) -> Decimal | None:
    try:
        price = Decimal(str(capture.extracted.get("price")))
    except ArithmeticError:
        return None
    return price if price.is_finite() and 0 < price < 10**9 else None


def _count(capture: CaptureView, name: str) -> int | None:
    value = capture.extracted.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None


def _turnover(views: Sequence[LeadView], facts: Mapping[int, Facts], offers: Sequence[_Offer]) -> Amount:
    verified = {view.id: n for view in views if (n := facts[view.id].number(FactKey.TURNOVER)) is not None}
    total, lines, at_least, known = Decimal(0), [], False, bool(verified)
    for view in views:
        if view.id in verified:
            total += verified[view.id]
            lines.append(f"{view.number}：核实 {plain_number(verified[view.id])} 元")
    for offer in offers:
        if offer.lead.id in verified:
            continue
        if offer.price is None or offer.sales is None:
            at_least = True
            missing = "、".join(name for name, v in (("售价", offer.price), ("销量", offer.sales)) if v is None)
            lines.append(f"{offer.lead.number} {offer.url}：页面没有{missing}，未计入")
            continue
        amount = offer.price * offer.sales
        total, known, at_least = total + amount, True, at_least or offer.at_least
        more = "（页面写“以上”，按至少计）" if offer.at_least else ""
        lower = f"（曾标 {plain_number(offer.dearer)} 元，按最低价计）" if offer.dearer is not None else ""
        lines.append(
            f"{offer.lead.number} {offer.url}：{plain_number(offer.price)} 元{lower} × {offer.sales:,} 件{more}"
            f" = {plain_number(amount)} 元{'以上' if offer.at_least else ''}"
        )
    return Amount(
        total if known else None, at_least and known, tuple(lines), bool(verified) and len(verified) == len(views)
    )


def _copies(views: Sequence[LeadView], facts: Mapping[int, Facts], offers: Sequence[_Offer]) -> Amount:
    entered = _entered(views, facts, FactKey.COPIES)
    if entered.value is not None:
        return entered
    sold = [o for o in offers if o.sales is not None and o.lead.kind is MatchKind.SALE]
    if not sold:
        return Amount()
    lines = tuple(f"{o.lead.number} {o.url}：已售 {o.sales:,} 件{'以上' if o.at_least else ''}" for o in sold)
    return Amount(Decimal(sum(o.sales or 0 for o in sold)), any(o.at_least for o in sold), lines)


def _works(views: Sequence[LeadView]) -> Amount:
    named = {m.work.id: m.work.title for view in views for m in view.matches}
    named |= {v.work.id: v.work.title for v in views if v.work is not None and v.kind is not MatchKind.SALE}
    if not named:
        return Amount()
    shown = "、".join(f"《{title}》" for title in list(named.values())[:10]) + ("等" if len(named) > 10 else "")
    return Amount(Decimal(len(named)), True, (f"作品库中已比对出的作品 {len(named)} 部：{shown}；库外作品未计",))


def _clicks(offers: Sequence[_Offer]) -> Amount:
    seen = [o for o in offers if o.views is not None and o.lead.kind is not MatchKind.SALE]
    if not seen:
        return Amount()
    lines = tuple(f"{o.lead.number} {o.url}：浏览（播放）{o.views:,} 次" for o in seen)
    return Amount(Decimal(sum(o.views or 0 for o in seen)), False, lines)


def _entered(views: Sequence[LeadView], facts: Mapping[int, Facts], key: FactKey) -> Amount:
    found = [(view.number, n) for view in views if (n := facts[view.id].number(key)) is not None]
    if not found:
        return Amount()
    lines = tuple(f"{number}：核实 {plain_number(n)}" for number, n in found)
    return Amount(sum((n for _, n in found), Decimal(0)), len(found) < len(views), lines, verified=True)
