"""What belongs to a lead: its captures, their records and chain lines, and the records that explain them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from patrol.config import Workspace
from patrol.errors import EvidenceError, InputError
from patrol.evidence.chain import CHAIN_NAME, Entry, RecordEntry, layout, read_chain
from patrol.evidence.export.model import PatrolChain, Selection, Surroundings, UsedCapture
from patrol.evidence.export.slices import read_record
from patrol.evidence.files import patrol_folder
from patrol.evidence.reviews import Review, reviews_of
from patrol.leads.queries import lead_view
from patrol.leads.views import CaptureView, LeadView

# Lines whose records explain the captures of a patrol (surroundings) or of a site (certificates).
_EXPLAINING = {"surroundings", "certificates"}


def wanted_leads(session: Session, numbers: Sequence[str]) -> tuple[LeadView, ...]:
    """The leads of these numbers, each once. Raises InputError naming the one that is not there."""
    found: dict[int, LeadView] = {}
    for number in numbers:
        view = lead_view(session, number)
        if view is None:
            raise InputError(f"没有编号为“{number}”的线索。可用 patrol leads list 查看")
        found[view.id] = view
    return tuple(found.values())


def gather(session: Session, workspace: Workspace, leads: tuple[LeadView, ...]) -> Selection:
    """Read the chains, find every record. Raises EvidenceError when something is missing or was changed."""
    of_lead: dict[int, list[str]] = defaultdict(list)
    views: dict[int, CaptureView] = {}
    for lead in leads:
        if not lead.captures:
            raise InputError(f"线索 {lead.number} 没有取证快照，无从导出")
        for view in lead.captures:
            views[view.id] = view
            of_lead[view.id].append(lead.number)
    reviews = reviews_of(session, views)
    chains = {number: _chain(workspace, number) for number in sorted({view.patrol_id for view in views.values()})}
    used = [
        _used(chains[view.patrol_id], view, tuple(of_lead[view.id]), reviews.get(view.id))
        for view in sorted(views.values(), key=lambda view: (view.fetched_at, view.id))
    ]
    extra = {number: _extra(chain, [c for c in used if c.view.patrol_id == number]) for number, chain in chains.items()}
    surroundings = [said for chain in chains.values() for said in _surroundings(chain)]
    return Selection(leads, tuple(used), tuple(chains.values()), extra, tuple(surroundings))


def _chain(workspace: Workspace, patrol_id: int) -> PatrolChain:
    folder = patrol_folder(workspace, patrol_id)
    state = read_chain(folder / CHAIN_NAME)
    if not state.entries:
        raise EvidenceError(f"{folder} 里没有证据链 {CHAIN_NAME}。请先查明原因或从备份恢复")
    return PatrolChain(patrol_id, folder, state.entries, layout(state.entries), state.whole_bytes)


def _used(chain: PatrolChain, view: CaptureView, leads: tuple[str, ...], review: Review | None) -> UsedCapture:
    number = chain.layout.numbers.get(view.record_id)
    if number is None or view.record_id not in chain.layout.present:
        raise EvidenceError(
            f"{view.url} 的取证快照不在证据链 {chain.folder / CHAIN_NAME} 中。请先运行 patrol verify 核验"
        )
    records = _now(chain, [chain.entries[number - 1]])
    said = _json(chain, next((record for record in reversed(records) if record.type == "metadata"), None))
    # A mark is of what was looked at; should the row speak of another record, there is none.
    mark = review if review is not None and review.record_sha256 == records[0].sha256 else None
    return UsedCapture(view, leads, mark, number, tuple(records), said)


def _extra(chain: PatrolChain, used: list[UsedCapture]) -> tuple[RecordEntry, ...]:
    files = {record.file for capture in used for record in capture.records}
    pages = {capture.view.record_id for capture in used}
    sites = {capture.view.site for capture in used}
    wanted = [
        entry
        for entry in chain.entries
        if (entry.kind == "file" and entry.records[0].file in files)
        or (entry.kind in _EXPLAINING and entry.body.get("site", "") in {"", *sites})
        or (entry.kind == "image" and entry.body.get("of") in pages)
    ]
    return tuple(_now(chain, wanted))


def _surroundings(chain: PatrolChain) -> list[Surroundings]:
    return [
        Surroundings(chain.patrol_id, entry.number, _json(chain, next(iter(_now(chain, [entry])), None)))
        for entry in chain.entries
        if entry.kind == "surroundings"
    ]


def _now(chain: PatrolChain, entries: Iterable[Entry]) -> list[RecordEntry]:
    """The records of these lines where they stand now, without those that were pruned."""
    present = chain.layout.present
    return [present[record.id] for entry in entries for record in entry.records if record.id in present]


def _json(chain: PatrolChain, record: RecordEntry | None) -> dict[str, Any]:
    if record is None:
        return {}
    try:
        said = json.loads(read_record(chain.folder, record).body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
