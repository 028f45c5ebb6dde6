"""Ledger columns: say what both ledgers have of a lead, in one list: the one that goes out (Excel, CSV, JSON Lines) and the
one that officers edit and give back (``workbook.py``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from patrol.leads.views import LeadView
from patrol.tables.words import MAX_CONFIDENCE
from patrol.vocabulary import LeadColumn
from reports.data import Basis, moment
from reports.tables import MAX_CHARACTERS, Grid, Value
from reports.text import plain

LEDGER_NAME = "线索台账"

_MONEY, _SHARE = "0.00", "0.0%"
_Read = Callable[[LeadView, Basis], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """``of``: its key in JSON Lines and its head; ``width`` in characters of Excel; ``form``: how Excel shows its
    numbers."""

    of: LeadColumn
    width: float
    read: _Read
    form: str = ""


def _extracted(name: str) -> _Read:
    def read(lead: LeadView, basis: Basis) -> Value:
        value = lead.captures[-1].extracted.get(name) if lead.captures else None
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            return basis.said(value)
        return int(number) if number.is_integer() else number

    return read


def _best(lead: LeadView, basis: Basis) -> Value:
    """The surest comparison's 把握, which is never certainty."""
    sure = max((match.probability for match in lead.matches), default=None)
    return round(min(sure, MAX_CONFIDENCE), 4) if sure is not None else None


def _last_event(lead: LeadView, basis: Basis) -> Value:
    if not lead.events:
        return ""
    event = lead.events[-1]
    return basis.said(f"{moment(event.at)} {event.who} {event.status.label} {event.reason}".strip())


_C = LeadColumn
LEDGER: tuple[Column, ...] = (
    Column(_C.NUMBER, 20, lambda lead, basis: lead.number),
    Column(_C.GRADE, 8, lambda lead, basis: lead.grade.label),
    Column(_C.SCORE, 8, lambda lead, basis: round(lead.score, 2)),
    Column(_C.STATUS, 10, lambda lead, basis: lead.status.label),
    Column(_C.FIELD, 12, lambda lead, basis: lead.field.label),
    Column(_C.KIND, 12, lambda lead, basis: lead.kind.label),
    Column(_C.WORK, 24, lambda lead, basis: basis.work(lead.work.title, None) if lead.work else None),
    Column(_C.HOLDER, 20, lambda lead, basis: basis.said(lead.work.holder) if lead.work else None),
    Column(_C.REGISTRATION, 24, lambda lead, basis: basis.said(lead.work.registration) if lead.work else None),
    Column(_C.TITLE, 40, lambda lead, basis: basis.title(lead.title, None)),
    Column(_C.URL, 44, lambda lead, basis: "" if lead.url.startswith("urn:import:") else plain(lead.url)),
    Column(_C.PLATFORM, 16, lambda lead, basis: basis.said(basis.platform(lead.site))),
    Column(_C.SELLER, 20, lambda lead, basis: basis.said(lead.seller)),
    Column(_C.SELLER_URL, 36, lambda lead, basis: plain(lead.seller_url)),
    Column(_C.PRICE, 11, _extracted("price"), _MONEY),
    Column(_C.SALES, 13, _extracted("sales")),
    Column(_C.VIEWS, 14, _extracted("views")),
    Column(_C.PROBABILITY, 10, _best, _SHARE),
    Column(_C.REASONS, 60, lambda lead, basis: basis.said("；".join(s.words for s in lead.signals[:5]))),
    Column(_C.FOUND_AT, 20, lambda lead, basis: lead.found_at),
    Column(_C.CAPTURED_AT, 20, lambda lead, basis: lead.captures[-1].fetched_at if lead.captures else None),
    Column(_C.CAPTURES, 10, lambda lead, basis: len(lead.captures)),
    Column(_C.SHA256, 68, lambda lead, basis: lead.captures[-1].record_sha256 if lead.captures else ""),
    Column(_C.DEPARTMENT, 18, lambda lead, basis: lead.department),
    Column(_C.CAMPAIGN, 20, lambda lead, basis: basis.said(lead.campaign)),
    Column(_C.LAST_EVENT, 40, _last_event),
)


def column(of: LeadColumn) -> Column:
    """Return the one column that says this of a lead."""
    return next(one for one in LEDGER if one.of is of)


def ledger(leads: Sequence[LeadView], basis: Basis) -> Grid:
    """Make the ledger of leads (线索台账): one row a lead, in the order given."""
    return Grid(
        name=LEDGER_NAME,
        keys=tuple(one.of.value for one in LEDGER),
        heads=tuple(one.of.label for one in LEDGER),
        widths=tuple(one.width for one in LEDGER),
        rows=tuple(tuple(_cut(one.read(lead, basis)) for one in LEDGER) for lead in leads),
        formats=tuple(one.form for one in LEDGER),
    )


def _cut(value: Value) -> Value:
    """Whole numbers without a point, so that they read the same in each form; texts without characters that hide or that
    no workbook takes, endless ones cut, and said so."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    value = plain(value) if isinstance(value, str) else value
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return value[:MAX_CHARACTERS] + f"……（共 {len(value)} 字）"
    return value
