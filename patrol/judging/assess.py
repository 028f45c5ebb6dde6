"""Assessment: weighs what was found on a page into a graded lead, every point with its signal. Pure: no database, no clock.

Two ways lead to a lead: the page's text uses a work (verdicts), or the page offers a work with signs of piracy
(``sale``). What speaks against is weighed too: authorisations, short credited quotation, a person looking for or
parting with a genuine copy, words against piracy. Nothing here decides for the officer; it explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from fingerprints.verdict_types import Verdict
from patrol import clock
from patrol.judging.goods import offered
from patrol.judging.grouping import lead_keys, text_print
from patrol.judging.licensing import Grant, Permission, Standing, Use, permission
from patrol.judging.model import Findings, Judgement, LeadDraft, PageFacts, SignalDraft
from patrol.judging.scanning import Mention, Sightings, Sign
from patrol.net.geoip import AddressTable
from patrol.tables.phrases import SignGroup
from patrol.tables.policy import Policy
from patrol.vocabulary import Field, MatchKind, PageState, WorkKind

_QUOTABLE = frozenset({MatchKind.VERBATIM, MatchKind.EXCERPT})
_NO_GOODS = frozenset({"wanted", "second_hand", "other_goods", "warning"})

_FIELD_OF_WORK = {
    WorkKind.SCRIPT_GAME: Field.SCRIPT_GAME,
    WorkKind.BOOK: Field.BOOK,
    WorkKind.AUDIOVISUAL: Field.AUDIOVISUAL,
    WorkKind.AUDIOBOOK: Field.AUDIOBOOK,
    WorkKind.NFT: Field.NFT,
    WorkKind.NEWS: Field.NEWS,
}


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What judging needs to know of a work; its text stays in the index."""

    id: str
    title: str
    kind: str = "other"
    list_price: Decimal | None = None
    early_warning: bool = False
    grants: tuple[Grant, ...] = ()

    @property
    def field(self) -> Field:
        known = {kind.value: found for kind, found in _FIELD_OF_WORK.items()}
        return known.get(self.kind, Field.LITERATURE)


@dataclass(frozen=True, slots=True)
class JudgingContext:
    """All that stays the same while a patrol's pages are judged. ``fields``: by target id; ``site_names``: what each
    site and whoever runs it are called in the directory."""

    policy: Policy
    works: Mapping[str, WorkFacts]
    fields: Mapping[int, Field] = field(default_factory=dict)
    site_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    index_version: str = ""
    addresses: AddressTable | None = None

    def abroad(self, page: PageFacts) -> tuple[SignalDraft, ...]:
        """Return the sign that the page's server lies abroad, where a table of addresses says so."""
        country = self.addresses.abroad(page.ip_address) if self.addresses is not None else ""
        values = {"address": page.ip_address, "country": country}
        points = self.policy.weights.signals.server_abroad
        return (SignalDraft("server_abroad", points, "", values),) if country else ()

    def judge(self, page: PageFacts, findings: Findings) -> Judgement:
        """Weigh one page. Pages that are gone, logged out or blocked never become leads."""
        if page.state is not PageState.PRESENT:
            return Judgement(page, findings.verdicts, self.index_version, None)
        lead = _Assessment(self, page, findings).lead()
        not_goods = any(sign.code in _NO_GOODS for sign in findings.sightings.innocent)
        offer = offered(page, self.policy.goods, not_goods)
        return Judgement(page, findings.verdicts, self.index_version, lead, offer)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """One work's part in a page."""

    work: WorkFacts
    kind: MatchKind
    verdict: Verdict | None
    signals: tuple[SignalDraft, ...]

    @property
    def score(self) -> float:
        return sum(signal.points for signal in self.signals)


class _Assessment:
    """One page under judgement: the work of ``JudgingContext.judge``, with what its steps share."""

    def __init__(self, context: JudgingContext, page: PageFacts, findings: Findings) -> None:
        self._context, self._page, self._findings = context, page, findings
        self._weights = context.policy.weights
        self._points = context.policy.weights.signals
        self._said: Sightings = findings.sightings
        self._groups: dict[str, SignGroup] = {group.code: group for group in context.policy.phrases.signs}
        self._mentions: dict[str, list[Mention]] = {}
        for mention in self._said.mentions:
            self._mentions.setdefault(mention.work_id, []).append(mention)

    def lead(self) -> LeadDraft | None:
        verdicts = {verdict.work_id: verdict for verdict in self._findings.verdicts}
        weighed = [
            found
            for work_id in dict.fromkeys([*verdicts, *self._mentions])
            if (work := self._context.works.get(work_id)) is not None
            and (found := self._weigh(work, verdicts.get(work_id))) is not None
        ]
        if not weighed:
            return None
        best = max(weighed, key=lambda w: w.score)
        grade = self._weights.grade(best.score)
        if grade is None:
            return None
        place = self._field(best.work)
        codes = frozenset(signal.code for signal in best.signals)
        return LeadDraft(
            keys=lead_keys(self._page, best.work.id),
            kind=best.kind,
            field=place,
            work_id=best.work.id,
            work_ids=frozenset(w.work.id for w in weighed if w.verdict is not None),
            grade=grade,
            score=round(best.score, 1),
            department=self._context.policy.department(place, best.kind, codes),
            signals=tuple(sorted(best.signals, key=lambda s: -s.points)),
            text=text_print(self._page, self._findings.simhash),
        )

    # -- one work --------------------------------------------------------------------------------------------------

    def _weigh(self, work: WorkFacts, verdict: Verdict | None) -> _Weighed | None:
        mentions = self._mentions.get(work.id, [])
        signs = self._signs_for(work, mentions, near=verdict is None)
        allowed = self._permission(work, signs)
        if allowed.standing is Standing.AUTHORISED:
            return None
        if verdict is not None:
            signals = self._text_signals(work, verdict, mentions, signs)
            kind = MatchKind(verdict.kind.value)
        else:
            signals = self._sale_signals(work, mentions, signs, allowed)
            kind = MatchKind.SALE
        if not signals:
            return None
        return _Weighed(work, kind, verdict, (*signals, *self._standing_signal(allowed, work)))

    def _permission(self, work: WorkFacts, signs: Sequence[Sign]) -> Permission:
        uses = [Use(g.label, g.needs_scope) for sign in signs if (g := self._groups[sign.code]).needs_scope]
        names = self._context.site_names.get(self._page.site, frozenset())
        return permission(work.grants, self._page, clock.day_of(self._page.fetched_at), uses, names)

    def _standing_signal(self, allowed: Permission, work: WorkFacts) -> Iterable[SignalDraft]:
        if allowed.signal is None:
            return ()
        points = self._points.expired if allowed.standing is Standing.EXPIRED else self._points.exceeded
        values = {**allowed.signal.values, "work": work.title}
        return (replace(allowed.signal, points=points, values=values),)

    def _text_signals(
        self, work: WorkFacts, verdict: Verdict, mentions: Sequence[Mention], signs: Sequence[Sign]
    ) -> list[SignalDraft]:
        characters = matched_characters(verdict)
        kind = MatchKind(verdict.kind.value)
        values = {"work": work.title, "characters": characters, "probability": verdict.probability}
        full = self._weights.text[kind]
        signals = [SignalDraft(f"text_{kind.value}", round(full * verdict.probability, 1), "text", values)]
        extent = next((row for row in self._weights.extent if characters >= row.characters), None)
        if extent is not None:
            signals.append(SignalDraft("extent", extent.points, "text", {"characters": characters}))
        signals.extend(self._phrase_signals(signs))
        if self._page.is_priced:
            price = SignalDraft("selling", self._points.selling, "price", {"price": str(self._page.price)})
            signals.append(self._price_signal(work) or price)
        quotation = self._quotation(work, kind, characters, mentions)
        if quotation is not None and not signs and not self._page.is_priced:
            signals.append(quotation)
        return [*signals, *self._circumstances(work)]

    def _sale_signals(
        self, work: WorkFacts, mentions: Sequence[Mention], signs: Sequence[Sign], allowed: Permission
    ) -> list[SignalDraft]:
        """Signals of a page that offers the work: none unless it is named and a strong sign, a price far under the
        list price, or a licence that is over or exceeded stands beside it."""
        if not mentions:
            return []
        price = None if self._against("no_price") else self._price_signal(work)
        # A work on an early-warning list meets a stricter bar: a sign that is only circumstance elsewhere is enough.
        strong = any(self._groups[sign.code].strong or work.early_warning for sign in signs)
        offered = self._page.is_priced and any(m.place == "title" for m in mentions)
        if not (strong or price or (allowed.signal is not None and offered)):
            return []
        signals = [self._mention_signal(work, mentions), *self._phrase_signals(signs)]
        if price is not None:
            signals.append(price)
        signals.extend(self._against_signals(own_licence=allowed.signal is not None))
        return [*signals, *self._circumstances(work)]

    def _mention_signal(self, work: WorkFacts, mentions: Sequence[Mention]) -> SignalDraft:
        best = min(mentions, key=lambda m: (m.place != "title", m.place != "text", m.start))
        code = "title_in_title" if best.place == "title" else "title_in_text"
        points = self._points.title_in_title if best.place == "title" else self._points.title_in_text
        return SignalDraft(code, points, _where(best.place, best.start), {"named": best.named, "work": work.title})

    def _signs_for(self, work: WorkFacts, mentions: Sequence[Mention], near: bool) -> list[Sign]:
        """The signs that count for this work: of its field, not taken back, and (``near``) by its name."""
        fields = {self._field(work), work.field}
        counted = []
        for sign in self._said.signs:
            group = self._groups[sign.code]
            if sign.void or (group.fields and fields.isdisjoint(group.fields)):
                continue
            if near and not self._near(sign, mentions):
                continue
            counted.append(sign)
        return counted

    def _near(self, sign: Sign, mentions: Sequence[Mention]) -> bool:
        reach = self._weights.nearness
        return any(
            m.place == "title" or sign.place != "text" or (m.place == "text" and abs(m.start - sign.start) <= reach)
            for m in mentions
        )

    def _phrase_signals(self, signs: Sequence[Sign]) -> list[SignalDraft]:
        first = {sign.code: sign for sign in reversed(signs)}
        left = self._weights.phrases_at_most
        signals = []
        for sign in sorted(first.values(), key=lambda s: -self._groups[s.code].points):
            group = self._groups[sign.code]
            points = min(group.points, left)
            left -= points
            values = {"phrase": sign.phrase, "label": group.label, "group": group.code}
            code = "phrase" if points == group.points else "phrase_capped"
            signals.append(SignalDraft(code, points, _where(sign.place, sign.start), values))
        return signals

    def _price_signal(self, work: WorkFacts) -> SignalDraft | None:
        price, full = self._page.price, work.list_price
        if price is None or not price.is_finite() or price <= 0 or not full or full <= 0:
            return None
        ratios = self._weights.price_ratio
        kind = next((kind for kind in WorkKind if kind.value == work.kind), WorkKind.OTHER)
        limit = ratios.get(kind, ratios[WorkKind.OTHER])
        ratio = float(price / full)
        if ratio > limit:
            return None
        values = {"price": str(price), "list_price": str(full), "ratio": ratio, "limit": limit, "work": work.title}
        return SignalDraft("price_low", self._points.price_low, "price", values)

    def _quotation(
        self, work: WorkFacts, kind: MatchKind, characters: int, mentions: Sequence[Mention]
    ) -> SignalDraft | None:
        """Short, a small part of the page, and with author or title named (Copyright Law 2020, art. 24)."""
        rule = self._weights.quotation
        share = characters / max(1, len(self._page.text))
        credit = next((m.named for m in mentions), "") or next(
            (name for work_id, name in self._said.authors if work_id == work.id), ""
        )
        if kind not in _QUOTABLE or not credit or characters > rule.characters or share > rule.share_of_page:
            return None
        values = {"characters": characters, "share": share, "credit": credit}
        return SignalDraft("fair_quotation", self._points.fair_quotation, "text", values)

    def _against(self, effect: str) -> list[Sign]:
        codes = {group.code for group in self._context.policy.phrases.innocent if group.effect == effect}
        return [sign for sign in self._said.innocent if sign.code in codes]

    def _against_signals(self, own_licence: bool) -> list[SignalDraft]:
        """What speaks against piracy, once per group. A seller's claim to be genuine does not speak against a licence
        that is known to be over."""
        points = {group.code: group.points for group in self._context.policy.phrases.innocent}
        first = {sign.code: sign for sign in reversed(self._against("points"))}
        if own_licence:
            first.pop("genuine_claim", None)
        found = [*first.values(), *self._against("no_price")[:1]]
        return [SignalDraft(s.code, points[s.code], _where(s.place, s.start), {"phrase": s.phrase}) for s in found]

    def _circumstances(self, work: WorkFacts) -> list[SignalDraft]:
        """What makes a suspect page weigh more: how much was sold or seen, an early-warning list."""
        signals = []
        page = self._page
        for code, count, table in (
            ("sales", page.sales, self._weights.sales),
            ("views", page.views, self._weights.views),
        ):
            row = next((row for row in table if count is not None and count >= row.at_least), None)
            if row is not None:
                more = "以上" if code == "sales" and page.sales_at_least else ""
                signals.append(SignalDraft(code, row.points, code, {code: count, "more": more}))
        if work.early_warning:
            signals.append(SignalDraft("early_warning", self._points.early_warning, "", {"work": work.title}))
        return [*signals, *self._context.abroad(page)]

    def _field(self, work: WorkFacts) -> Field:
        target = self._page.target_id
        return self._context.fields.get(target, work.field) if target is not None else work.field


def matched_characters(verdict: Verdict) -> int:
    """Return how many characters of the page stand in passages, overlaps counted once."""
    return passage_characters((p.page_start, p.page_end) for p in verdict.passages)


def passage_characters(spans: Iterable[tuple[int, int]]) -> int:
    """Return how many characters of the page these passages cover, overlaps counted once."""
    total = covered = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, covered))
        covered = max(covered, end)
    return total


def _where(place: str, start: int) -> str:
    return f"{place}:{start}"
