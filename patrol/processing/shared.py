"""Shared session: lends one session to all that work on a patrol in this process; the first opens it, the last closes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.processing.session import PatrolSession


@dataclass(slots=True)
class _Share:
    opening: asyncio.Task[PatrolSession]
    database: Database
    owners: set[int] = field(default_factory=set)


_shares: dict[tuple[str, int], _Share] = {}


async def enter(workspace: Workspace, patrol_id: int, owner: object) -> PatrolSession:
    """Enter the session of a patrol, opening it if need be. ``owner`` may enter several times; it counts once.

    Raises what ``PatrolSession.open`` raises; then nothing is held.
    """
    key = (workspace.database_url, patrol_id)
    share = _shares.get(key)
    if share is None:
        database = Database(workspace.database_url)
        opening = asyncio.ensure_future(PatrolSession.open(workspace, database, patrol_id))
        share = _shares[key] = _Share(opening, database)
    share.owners.add(id(owner))
    try:
        return await asyncio.shield(share.opening)
    except Exception:
        if _shares.pop(key, None) is not None:
            share.database.close()
        raise


async def leave(workspace: Workspace, patrol_id: int, owner: object) -> bool:
    """Leave the session, which ``owner`` needs no more. The last one to leave waits until everything is written; then
    True."""
    key = (workspace.database_url, patrol_id)
    share = _shares.get(key)
    if share is None or id(owner) not in share.owners:
        return False
    share.owners.discard(id(owner))
    if share.owners:
        return False
    del _shares[key]
    try:
        await (await share.opening).close()
    finally:
        share.database.close()
    return True
