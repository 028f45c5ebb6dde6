"""Entry of complaints: joins those about the same address and work, and makes each a target.

Everything is written with a few statements for thousands of rows; the caller's transaction holds it all.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from patrol import clock
from patrol.complaints.reading import Filing
from patrol.db.casework import ComplaintEvent, ComplaintFiling
from patrol.db.models import Complaint, Target, Work
from patrol.db.portions import portions
from patrol.directory.default_site import SiteBook, host_of
from patrol.directory.schedule import ONCE
from patrol.net.urls import canonical
from patrol.vocabulary import FIELD_OF_WORK, Field

NUMBER = "投诉〔{year}〕{count:04d}号"
RECEIVED, JOINED, ANSWERED, LOOKED_AT = "received", "joined", "answered", "looked_at"


@dataclass(frozen=True, slots=True)
class EnteredComplaints:
    """``added``: new complaints; ``joined``: further filings of one already there; ``known``: filings that were
    imported before; ``unknown_works``: titles that the library does not hold; ``strangers``: hosts without a site
    file, read as single pages."""

    added: int
    joined: int
    known: int
    targets: int
    unknown_works: tuple[str, ...]
    strangers: tuple[str, ...]


def enter_complaints(
    session: Session, filings: Sequence[Filing], book: SiteBook, now: datetime, who: str
) -> EnteredComplaints:
    """Enter the filings. The same address for the same work is one complaint, whoever files it and however often."""
    works = _works(session)
    keyed = [(complaint_key(f), filing_key(f), f) for f in filings]
    known_filings = set(_values(session, ComplaintFiling.key, (key for _, key, _ in keyed)))
    fresh: dict[str, tuple[str, Filing]] = {}
    for complaint, filing, f in keyed:
        if filing not in known_filings:
            fresh.setdefault(filing, (complaint, f))
    existing = dict(_pairs(session, Complaint.key, Complaint.id, (complaint for complaint, _ in fresh.values())))
    new: dict[str, Filing] = {}
    for complaint, f in fresh.values():
        if complaint not in existing:
            new.setdefault(complaint, f)
    targets, made = _targets(session, [f for _, f in fresh.values()], book, works, now)
    numbers = _numbers(session, now)
    rows = [_complaint(key, f, next(numbers), works, targets[canonical(f.url)], now) for key, f in new.items()]
    if rows:
        inserted = session.execute(insert(Complaint).returning(Complaint.key, Complaint.id), rows)
        existing |= {row.key: row.id for row in inserted}
    opened = set(new)
    events, filed = [], []
    for filing, (complaint, f) in fresh.items():
        number = existing[complaint]
        what = RECEIVED if complaint in opened else JOINED
        opened.discard(complaint)
        filed.append(_filing(filing, number, f, now))
        events.append({"complaint_id": number, "at": now, "who": who, "what": what, "note": f.source})
    if filed:
        session.execute(insert(ComplaintFiling), filed)
        session.execute(insert(ComplaintEvent), events)
    titles = dict.fromkeys(f.work for f in new.values() if f.work and work_key(f.work) not in works)
    hosts = dict.fromkeys(host_of(f.url) for f in new.values() if book.site_of(f.url) is None)
    return EnteredComplaints(
        len(rows), len(filed) - len(rows), len(filings) - len(fresh), made, tuple(titles), tuple(hosts)
    )


def work_key(title: str) -> str:
    """Return a title as it is compared: without book-title marks, spaces and the difference of widths."""
    return re.sub(r"[《》〈〉「」『』“”\"\s]", "", unicodedata.normalize("NFKC", title)).casefold()


def complaint_key(filing: Filing) -> str:
    return _digest(canonical(filing.url), work_key(filing.work))


def filing_key(filing: Filing) -> str:
    """Return a digest of what was said, not of the file it stood in."""
    said = (getattr(filing, name) for name in Filing.__slots__ if name not in ("source", "url"))
    return _digest(canonical(filing.url), *("" if value is None else str(value) for value in said))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()


def _works(session: Session) -> dict[str, tuple[str, str]]:
    """Compared title or alias → (id, kind); a title shared by several works goes to none of them."""
    found: dict[str, tuple[str, str] | None] = {}
    for work, title, aliases, kind in session.execute(select(Work.id, Work.title, Work.aliases, Work.kind)):
        for name in {work_key(name) for name in (title, *aliases)} - {""}:
            found[name] = (work, kind) if name not in found else None
    return {name: work for name, work in found.items() if work is not None}


def _targets(
    session: Session, filings: Sequence[Filing], book: SiteBook, works: dict[str, tuple[str, str]], now: datetime
) -> tuple[dict[str, int], int]:
    """Canonical address → target id. A target that is there already is due again; how many were made."""
    first: dict[str, Filing] = {}
    for f in filings:
        first.setdefault(canonical(f.url), f)
    found = {
        address: target
        for address, target in _pairs(session, Complaint.canonical_url, Complaint.target_id, first)
        if target is not None
    }
    by_url = {f.url: address for address, f in first.items() if address not in found}
    for portion in portions(by_url):
        query = select(Target.url, Target.id).where(Target.url.in_(portion), Target.account == "")
        found |= {by_url[url]: number for url, number in session.execute(query)}
    for portion in portions(found.values()):
        again = update(Target).where(Target.id.in_(portion)).values(last_patrolled_at=None, active=True)
        session.execute(again.execution_options(synchronize_session=False))
    rows = [_target(f, book, works, now) for address, f in first.items() if address not in found]
    if rows:
        inserted = session.execute(insert(Target).returning(Target.url, Target.id), rows)
        found |= {by_url[row.url]: row.id for row in inserted}
    return found, len(rows)


def _target(f: Filing, book: SiteBook, works: dict[str, tuple[str, str]], now: datetime) -> dict[str, Any]:
    site = book.site_of(f.url)
    file = book.files.get(site) if site else None
    field = f.field or next(iter(file.fields if file else ()), None)
    subject = f"《{f.work.strip('《》')}》" if f.work else host_of(f.url)
    return {
        "name": f"投诉件 {subject}"[:300],
        "field": (field or Field.LITERATURE).value,
        "site": site or host_of(f.url)[:100],
        "url": f.url,
        "account": "",
        "schedule": ONCE.value,
        "note": f.source[:2000],
        "single": True,
        "active": True,
        "source": "投诉举报" if field else FIELD_OF_WORK,
        "imported_at": now,
    }


def _complaint(
    key: str, f: Filing, number: str, works: dict[str, tuple[str, str]], target: int, now: datetime
) -> dict[str, Any]:
    return {
        "number": number,
        "key": key,
        "received_at": now,
        "url": f.url,
        "canonical_url": canonical(f.url)[:2000],
        "work_title": f.work.strip("《》"),
        "work_id": works.get(work_key(f.work), (None,))[0],
        "respondent": f.respondent,
        "respondent_address": f.respondent_address,
        "account": f.account,
        "place": f.place,
        "target_id": target,
    }


def _filing(key: str, complaint: int, f: Filing, now: datetime) -> dict[str, Any]:
    said = {
        name: getattr(f, name) for name in ("complainant", "contact", "address", "identity", "facts", "proof", "copies")
    }
    return {
        "key": key, "complaint_id": complaint, "received_at": now, "filed_on": f.date, "source": f.source[:1000], **said,
    }  # fmt: skip


def _numbers(session: Session, now: datetime) -> Iterator[str]:
    """The year's next numbers (编号)."""
    year = clock.year_of(now)
    head, tail = NUMBER.format(year=year, count=0).split("0000")
    query = select(Complaint.number).where(Complaint.number.startswith(head, autoescape=True))
    query = query.order_by(func.length(Complaint.number).desc(), Complaint.number.desc()).limit(1)
    newest = session.scalar(query)
    count = int(newest.removeprefix(head).removesuffix(tail)) if newest else 0
    while True:
        count += 1
        yield NUMBER.format(year=year, count=count)


def _values(session: Session, column: Any, wanted: Iterable[str]) -> Iterator[str]:
    for portion in portions(wanted):
        yield from session.scalars(select(column).where(column.in_(portion)))


def _pairs(session: Session, key: Any, value: Any, wanted: Iterable[str]) -> Iterator[tuple[Any, Any]]:
    for portion in portions(wanted):
        yield from ((row[0], row[1]) for row in session.execute(select(key, value).where(key.in_(portion))))
