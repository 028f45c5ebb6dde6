"""Ledger of leads: enters judgements in groups, one transaction each; a lead is opened or joined.

Everything is written with plain statements (no object per row), because every page of a patrol comes by here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from fingerprints.simhash_bands import bands, distance
from fingerprints.verdict_types import Verdict
from patrol import clock
from patrol.actor import PROGRAM
from patrol.db.grouping import LeadLink, LeadPrint, Offer
from patrol.db.models import Capture, Lead, LeadEvent, LeadKey, Match, Signal
from patrol.judging.model import Judgement, LeadDraft
from patrol.judging.site_audit import SiteAudit
from patrol.leads.campaigns import campaign_on
from patrol.leads.dedupe import unknown_parts
from patrol.text.storage import storable
from patrol.vocabulary import Grade, LeadStatus, LinkKind

T = TypeVar("T")

_MAX_ALIKE = 500
_JOINED_BY = {
    "text": "同一卖家的另一页面内容相同",
    "near": "同一卖家的另一页面内容几乎相同，只改动了几个字",
    "series": "同一卖家发布的同一作品的另一部分",
}

_CLEAN = "本次巡查核对，未再见到本线索所列情形，请复核后办结"
_OF_STOCK = ("shop_without_licence", "shop_breadth", "many_scripts", "goods_seen", "copyright_leads")
_NUMBER = "案线〔{year}〕{count:04d}号"


class Ledger:
    """Enters judgements. One thread at a time; another process may enter too (a clash of numbers is tried again)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._campaigns: dict[date, int | None] = {}
        self._numbers = _Numbers()

    def enter(self, judgements: Sequence[Judgement], now: datetime | None = None) -> list[tuple[int, bool] | None]:
        """Enter a group in one transaction: matches, leads, signals, events, and ``judged_at`` of every capture.

        Returns for each judgement (lead id, newly opened) or None. Entering a capture that is already judged replaces
        nothing: its matches are kept and no event is appended twice. A judgement made ``again`` adds what it says of
        works that the capture was not matched with before.
        """
        at = now or clock.now()
        return self._in_turn(lambda connection: self._enter(connection, judgements, at))

    def _in_turn(self, enter: Callable[[Connection], T]) -> T:
        """``enter`` in one transaction, again when another process came between."""
        for attempt in (1, 2, 3):
            try:
                with self._engine.begin() as connection:
                    return enter(connection)
            except IntegrityError:
                # Another process opened the same lead or took the same number since: look again.
                self._numbers = _Numbers()
                if attempt == 3:
                    raise
        raise AssertionError("unreachable")

    def _enter(
        self, connection: Connection, judgements: Sequence[Judgement], at: datetime
    ) -> list[tuple[int, bool] | None]:
        added = [j for j in judgements if j.again]
        if added:
            fresh_only = dict(zip(map(id, added), unknown_parts(connection, added), strict=True))
            judgements = [fresh_only.get(id(judgement), judgement) for judgement in judgements]
        ids = [judgement.page.capture_id for judgement in judgements]
        judged = set(connection.scalars(select(Capture.id).where(Capture.id.in_(ids), Capture.judged_at.is_not(None))))
        known = _known_leads(connection, judgements)
        matches: list[dict[str, Any]] = []
        outcome: list[tuple[int, bool] | None] = []
        for judgement in judgements:
            if judgement.page.capture_id in judged and not judgement.again:
                outcome.append(None)
                continue
            entered = self._lead(connection, judgement, known, at) if judgement.lead is not None else None
            outcome.append(entered)
            matches.extend(_match_rows(judgement, entered[0] if entered else None))
        _put_offers(connection, [j for j in judgements if j.page.capture_id not in judged])
        if matches:
            connection.execute(insert(Match), matches)
        fresh = [j.page.capture_id for j in judgements if j.page.capture_id not in judged and not j.again]
        if fresh:
            connection.execute(update(Capture).where(Capture.id.in_(fresh)).values(judged_at=at))
        return outcome

    def enter_survey(self, found: SiteAudit, now: datetime | None = None) -> list[tuple[str, bool]]:
        """Enter the licence leads of a patrol's survey in one transaction; returns the site of each, and whether it was
        opened. Entering the same survey again changes nothing. Sites at which nothing is found any more have it said
        in the journal of their lead."""
        at = now or clock.now()
        return self._in_turn(lambda connection: self._enter_survey(connection, found, at))

    def _enter_survey(self, connection: Connection, found: SiteAudit, at: datetime) -> list[tuple[str, bool]]:
        known = _known_leads(connection, found.leads)
        entered = []
        for judgement in found.leads:
            if _stands_already(connection, judgement, known):
                continue
            _forget_stock(connection, judgement, known)
            _, opened = self._lead(connection, judgement, known, at)
            entered.append((judgement.page.site, opened))
        _note_clean(connection, found.clean, at)
        return entered

    def _lead(
        self, connection: Connection, judgement: Judgement, known: dict[str, int], at: datetime
    ) -> tuple[int, bool]:
        draft = judgement.lead
        assert draft is not None
        near = _alike(connection, draft) if draft.text is not None else []
        how, joined = _to_join(draft, known, near)
        if joined is None:
            lead_id, opened = self._open(connection, judgement, draft, at), True
        else:
            lead_id, opened = joined, False
            _join(connection, lead_id, judgement, draft, at, how)
        _tie(connection, lead_id, draft, near, at)
        new_keys = [(kind, key) for kind, key in draft.keys if key not in known]
        if new_keys:
            connection.execute(
                insert(LeadKey), [{"key": key, "lead_id": lead_id, "kind": kind} for kind, key in new_keys]
            )
            known.update((key, lead_id) for _, key in new_keys)
        rows = [
            {
                "lead_id": lead_id,
                "capture_id": signal.capture_id or judgement.page.capture_id,
                "code": signal.code,
                "points": signal.points,
                "place": signal.place,
                "values": _storable_values(signal.values),
            }
            for signal in draft.signals
        ]
        if rows:
            connection.execute(insert(Signal), rows)
        return lead_id, opened

    def _open(self, connection: Connection, judgement: Judgement, draft: LeadDraft, at: datetime) -> int:
        page = judgement.page
        values = {
            "number": self._numbers.take(connection, clock.year_of(at)),
            "key": draft.keys[0][1],
            "site": page.site,
            "field": draft.field.value,
            "kind": draft.kind.value,
            "work_id": draft.work_id or None,
            "title": page.title or page.url,
            "url": page.url,
            "seller": page.seller[:300],
            "seller_url": page.seller_url,
            "grade": draft.grade.value,
            "score": draft.score,
            "status": LeadStatus.NEW.value,
            "department": draft.department[:100],
            "found_at": at,
            "patrol_id": page.patrol_id,
            "campaign_id": self._campaign(connection, clock.day_of(at)),
        }
        lead_id = int(connection.execute(insert(Lead).values(values).returning(Lead.id)).scalar_one())
        how = "与以前的取证快照比对发现" if judgement.again else "巡查发现"
        _append_event(connection, lead_id, at, LeadStatus.NEW, f"{how}，定为{draft.grade.label}")
        return lead_id

    def _campaign(self, connection: Connection, day: date) -> int | None:
        """A lead belongs to the campaign of the day on which it was found."""
        if day not in self._campaigns:
            self._campaigns[day] = campaign_on(connection, day)
        return self._campaigns[day]


class _Numbers:
    """The next 编号 of each year. Read once, then counted here; the unique column catches a clash."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def take(self, connection: Connection, year: int) -> str:
        if year not in self._last:
            head, tail = _NUMBER.format(year=year, count=0).split("0000")
            query = select(Lead.number).where(Lead.number.startswith(head, autoescape=True))
            query = query.order_by(func.length(Lead.number).desc(), Lead.number.desc()).limit(1)
            newest = connection.scalar(query)
            self._last[year] = int(newest.removeprefix(head).removesuffix(tail)) if newest else 0
        self._last[year] += 1
        return _NUMBER.format(year=year, count=self._last[year])


def _known_leads(connection: Connection, judgements: Sequence[Judgement]) -> dict[str, int]:
    keys = [key for j in judgements if j.lead is not None for _, key in j.lead.keys]
    if not keys:
        return {}
    rows = connection.execute(select(LeadKey.key, LeadKey.lead_id).where(LeadKey.key.in_(keys)))
    return {row.key: row.lead_id for row in rows}


@dataclass(frozen=True, slots=True)
class _Alike:
    """A lead about the same work whose text reads the same."""

    lead_id: int
    seller: str
    distance: int


def _alike(connection: Connection, draft: LeadDraft) -> list[_Alike]:
    """The leads whose text is that of the draft but for a few characters, nearest first."""
    text = draft.text
    assert text is not None
    query = (
        select(LeadPrint.lead_id, LeadPrint.seller, LeadPrint.simhash)
        .where(LeadPrint.work_id == draft.work_id, LeadPrint.band.in_(bands(text.simhash)))
        .distinct()
        .limit(_MAX_ALIKE)
    )
    rows = (
        _Alike(row.lead_id, row.seller, distance(int(row.simhash, 16), text.simhash))
        for row in connection.execute(query)
    )
    return sorted((row for row in rows if row.distance <= text.apart), key=lambda row: (row.distance, row.lead_id))


def _to_join(draft: LeadDraft, known: dict[str, int], near: Sequence[_Alike]) -> tuple[str, int | None]:
    """The lead that a draft joins and by what: one of its keys, else the same seller's text with a few changes."""
    for kind, key in draft.keys:
        if key in known:
            return kind, known[key]
    mine = draft.text.seller if draft.text is not None else ""
    return "near", next((row.lead_id for row in near if mine and row.seller == mine), None)


def _tie(connection: Connection, lead_id: int, draft: LeadDraft, near: Sequence[_Alike], at: datetime) -> None:
    """Remember how the draft's text reads, and tie its lead to those of other sellers that read the same."""
    text = draft.text
    if text is None:
        return
    printed = f"{text.simhash:016x}"
    same = (LeadPrint.lead_id == lead_id, LeadPrint.work_id == draft.work_id, LeadPrint.simhash == printed)
    if connection.scalar(select(LeadPrint.id).where(*same).limit(1)) is None:
        row = {"lead_id": lead_id, "work_id": draft.work_id, "seller": text.seller, "simhash": printed}
        connection.execute(insert(LeadPrint), [row | {"band": band} for band in bands(text.simhash)])
    others = {row.lead_id: row.distance for row in reversed(near) if row.lead_id != lead_id}
    for other, apart in others.items():
        pair = {"lead_id": min(lead_id, other), "other_id": max(lead_id, other), "kind": LinkKind.SAME_TEXT.value}
        held = select(LeadLink.at).where(*(getattr(LeadLink, name) == value for name, value in pair.items()))
        if connection.scalar(held) is None:
            connection.execute(insert(LeadLink).values(**pair, at=at, distance=apart))


def _join(connection: Connection, lead_id: int, judgement: Judgement, draft: LeadDraft, at: datetime, how: str) -> None:
    """Add a sighting to a lead. Its grade only rises; its status is a person's and stays."""
    row = connection.execute(select(Lead.url, Lead.grade, Lead.score, Lead.status).where(Lead.id == lead_id)).one()
    same = row.url == judgement.page.url or how not in _JOINED_BY
    again = "再次发现" if same else f"{_JOINED_BY[how]}：{judgement.page.url}"
    if judgement.again:
        again = f"与后来受保护的作品比对，{again}"
    reason = f"{again}（取证快照 {judgement.page.capture_id}，得分 {draft.score:g}）"
    order = list(Grade)
    if draft.score > row.score:
        values: dict[str, Any] = {"score": draft.score}
        if order.index(draft.grade) < order.index(Grade(row.grade)):
            values |= {"grade": draft.grade.value, "kind": draft.kind.value, "work_id": draft.work_id}
            reason += f"，由{Grade(row.grade).label}升为{draft.grade.label}"
        connection.execute(update(Lead).where(Lead.id == lead_id).values(values))
    _append_event(connection, lead_id, at, LeadStatus(row.status), reason)


def _stands_already(connection: Connection, judgement: Judgement, known: dict[str, int]) -> bool:
    """Whether this very sighting (the same signals on the same captures) is what the lead has: a survey done twice."""
    draft = judgement.lead
    assert draft is not None
    lead_id = known.get(draft.keys[0][1])
    if lead_id is None:
        return False
    rows = connection.execute(select(Signal.capture_id, Signal.code, Signal.values).where(Signal.lead_id == lead_id))
    held = [(row.capture_id, row.code, row.values) for row in rows]
    mine = judgement.page.capture_id
    return all((s.capture_id or mine, s.code, _storable_values(s.values)) in held for s in draft.signals)


def _forget_stock(connection: Connection, judgement: Judgement, known: dict[str, int]) -> None:
    """What a shop offers is counted anew each time: the newest count stands, the journal keeps the earlier ones."""
    draft = judgement.lead
    assert draft is not None
    lead_id = known.get(draft.keys[0][1])
    if lead_id is not None:
        stale = delete(Signal).where(Signal.lead_id == lead_id, Signal.code.in_(_OF_STOCK))
        connection.execute(stale)


def _note_clean(connection: Connection, keys: Sequence[str], at: datetime) -> None:
    """Say once in the journal of a site's lead that the last survey found nothing any more."""
    query = (
        select(Lead.id, Lead.status)
        .join(LeadKey, LeadKey.lead_id == Lead.id)
        .where(LeadKey.key.in_(keys), Lead.status.not_in((LeadStatus.DISMISSED.value, LeadStatus.CLOSED.value)))
    )
    for lead_id, status in connection.execute(query).all():
        newest = select(LeadEvent.reason).where(LeadEvent.lead_id == lead_id).order_by(LeadEvent.id.desc()).limit(1)
        if connection.scalar(newest) != _CLEAN:
            _append_event(connection, lead_id, at, LeadStatus(status), _CLEAN)


def _put_offers(connection: Connection, judgements: Sequence[Judgement]) -> None:
    """What listings offer, each address as last seen."""
    rows = {
        (j.page.site, j.offer.key): {
            "site": j.page.site,
            "key": j.offer.key,
            "goods": j.offer.goods,
            "seller": storable(j.page.seller)[:300],
            "seller_url": storable(j.page.seller_url),
            "title": storable(j.offer.title)[:300],
            "publisher": storable(j.offer.publisher)[:100],
            "isbn": j.offer.isbn,
            "licence": storable(j.offer.licence)[:100],
            "capture_id": j.page.capture_id,
            "seen_at": j.page.fetched_at,
        }
        for j in judgements
        if j.offer is not None
    }
    if rows:
        connection.execute(delete(Offer).where(tuple_(Offer.site, Offer.key).in_(list(rows))))
        connection.execute(insert(Offer), list(rows.values()))


def _append_event(connection: Connection, lead_id: int, at: datetime, status: LeadStatus, reason: str) -> None:
    values = {"lead_id": lead_id, "at": at, "who": PROGRAM, "status": status.value, "reason": reason}
    connection.execute(insert(LeadEvent).values(values))


def _match_rows(judgement: Judgement, lead_id: int | None) -> Iterable[dict[str, Any]]:
    belonging = judgement.lead.work_ids if judgement.lead is not None else frozenset()
    for verdict in judgement.verdicts:
        yield {
            "capture_id": judgement.page.capture_id,
            "lead_id": lead_id if verdict.work_id in belonging else None,
            "work_id": verdict.work_id,
            "kind": verdict.kind.value,
            "probability": float(verdict.probability),
            "index_version": judgement.index_version[:100],
            **verdict_json(verdict),
        }


def verdict_json(verdict: Verdict) -> dict[str, list[Any]]:
    """Return the JSON columns of ``match``, as its docstring states."""
    return {
        "passages": [_storable_values(asdict(passage)) for passage in verdict.passages],
        "renamings": [_storable_values(asdict(renaming)) for renaming in verdict.renamings],
        "disguises": [_storable_values(asdict(disguise)) for disguise in verdict.disguises],
        "reasons": [
            {"code": reason.code, "weight": float(reason.weight), "values": [[k, _plain(v)] for k, v in reason.values]}
            for reason in verdict.reasons
        ],
    }


def _storable_values(values: Any) -> dict[str, Any]:
    return {key: storable(value) if isinstance(value, str) else _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    """numpy's numbers as Python's, which JSON takes."""
    return value.item() if hasattr(value, "item") else value
