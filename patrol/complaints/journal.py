"""Journal of complaints: appends lines and never changes one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.db.casework import ComplaintEvent


def note(session: Session, complaints: Iterable[int], who: str, what: str, said: str) -> None:
    """Append one line to each complaint, in the caller's transaction. Raises InputError where ``who`` names nobody."""
    at, name = clock.now(), Officer.acting(who).name
    rows = [{"complaint_id": number, "at": at, "who": name, "what": what, "note": said} for number in complaints]
    if rows:
        session.execute(insert(ComplaintEvent), rows)
