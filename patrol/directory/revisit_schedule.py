"""Revisit schedule: works out how often a page is visited again, and remembers it (table ``page``).

A page's rate of change is estimated from how many of its visits found it changed, by the bias-corrected estimator of
Cho and Garcia-Molina (*Estimating Frequency of Change*, ACM TOIT 3(3), 2003, section 4.2): with ``n`` visits at
intervals of ``I`` days on average, ``X`` of which found a change, λ = -ln((n - X + 0.5) / (n + 0.5)) / I changes a day.
The page is due again after 1/λ days, the time in which one change is to be expected; not later than twice the time it
has been seen to stay the same (two quiet visits are no proof of ninety quiet days), and within 1 to 90 days.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from patrol.db.models import KnownPage, Patrol
from patrol.items import HOME, RECHECK
from patrol.vocabulary import PageState

SHORTEST_DAYS, LONGEST_DAYS = 1.0, 90.0
_DAY = 86_400.0


def revisit_days(returns: int, changes: int, watched_days: float, quiet_days: float) -> float:
    """Estimate the days until the next visit. ``returns``: visits after the first, spread over ``watched_days``;
    ``changes``: how many of them found a change; ``quiet_days``: since the last change.

    >>> revisit_days(0, 0, 0, 0)
    1.0
    >>> round(revisit_days(10, 10, 10, 0), 2)
    1.0
    >>> revisit_days(10, 0, 100, 100)
    90.0
    """
    if returns < 1 or watched_days <= 0:
        return SHORTEST_DAYS
    rate = -math.log((returns - changes + 0.5) / (returns + 0.5)) / (watched_days / returns)
    expected = 1 / rate if rate > 0 else LONGEST_DAYS
    return min(LONGEST_DAYS, max(SHORTEST_DAYS, min(expected, 2 * quiet_days) if not changes else expected))


def page_key(canonical_url: str) -> str:
    """Return the key of a page: SHA-256 of its canonical address as captures keep it."""
    return hashlib.sha256(canonical_url[:2000].encode("utf-8", "replace")).hexdigest()


def note_visits(engine: Engine, visits: Sequence[tuple[dict[str, Any], str]]) -> None:
    """Remember kept pages. ``visits``: what each page's metadata record says (``warc.described``) and the id of its
    first record, in order. Pages of ad-hoc crawls are remembered too; home pages are not, since they are always read."""
    seen = {
        (said["site"], page_key(said["canonical_url"])): (said, record_id)
        for said, record_id in visits
        if said.get("role") != HOME and said["state"] in (PageState.PRESENT.value, PageState.GONE.value)
    }
    if not seen:
        return
    with engine.begin() as connection:
        patrols = {said["patrol"] for said, _ in seen.values()}
        versions = connection.execute(select(Patrol.id, Patrol.index_version).where(Patrol.id.in_(patrols)))
        libraries = {row.id: row.index_version for row in versions}
        query = select(KnownPage).where(KnownPage.key.in_([key for _, key in seen]))
        known = {(row["site"], row["key"]): dict(row) for row in connection.execute(query).mappings()}
        new, old = [], []
        for (site, key), (said, record_id) in seen.items():
            library = libraries.get(said["patrol"], "")
            row = known.get((site, key))
            if row is None:
                new.append(_first(site, key, said, record_id, library))
            else:
                old.append({"row": row["id"], **_again(row, said, record_id, library)})
        if new:
            connection.execute(insert(KnownPage), new)
        if old:
            names = [name for name in old[0] if name != "row"]
            statement = update(KnownPage).where(KnownPage.id == bindparam("row"))
            connection.execute(statement.values({name: bindparam(f"new_{name}") for name in names}), [
                {"row": values["row"], **{f"new_{name}": values[name] for name in names}} for values in old
            ])  # fmt: skip


def _first(site: str, key: str, said: dict[str, Any], record_id: str, library: str) -> dict[str, Any]:
    at = datetime.fromisoformat(said["fetched_at"])
    return {
        "site": site,
        "key": key,
        "canonical_url": said["canonical_url"],
        "first_seen": at,
        "last_changed": at,
        "visits": 1,
        "changes": 0,
        "next_due": at + timedelta(days=SHORTEST_DAYS),
        **_seen(said, record_id, library, at),
    }


def _again(row: dict[str, Any], said: dict[str, Any], record_id: str, library: str) -> dict[str, Any]:
    at = datetime.fromisoformat(said["fetched_at"])
    revisit = said.get("revisit")
    changed = revisit is None and (said.get("content_sha256") != row["content_sha256"] or said["state"] != row["state"])
    changes, visits = row["changes"] + changed, row["visits"] + 1
    last_changed = at if changed else row["last_changed"]
    watched = (at - row["first_seen"]).total_seconds() / _DAY
    days = revisit_days(visits - 1, changes, watched, (at - last_changed).total_seconds() / _DAY)
    values = _seen(said, record_id, library, at)
    if revisit is not None:
        kept = ("record_id", "content_sha256", "payload_sha256", *(() if revisit["judge"] else ("index_version",)))
        values |= {name: row[name] for name in kept}
        values |= {name: values[name] or row[name] for name in ("etag", "last_modified")}
    return values | {
        "visits": visits,
        "changes": changes,
        "last_changed": last_changed,
        "next_due": at + timedelta(days=days),
    }


def _seen(said: dict[str, Any], record_id: str, library: str, at: datetime) -> dict[str, Any]:
    validators = said.get("validators", {})
    etag, last_modified = validators.get("etag", ""), validators.get("last-modified", "")
    return {
        "url": said["url"],
        "target_id": said["target"],
        "state": said["state"],
        "record_id": record_id,
        # One that was cut off would never match.
        "etag": etag if len(etag) <= 500 else "",
        "last_modified": last_modified if len(last_modified) <= 100 else "",
        "content_sha256": said.get("content_sha256", ""),
        "payload_sha256": said["payload_sha256"],
        "index_version": library,
        "last_visited": at,
        "off_list_at": at if said.get("role") == RECHECK else None,
    }
