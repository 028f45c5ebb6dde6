"""Selection: gathers what belongs to leads: captures, their records and chain lines, and the records that explain them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage
from patrol.db.portions import portions
from patrol.errors import EvidenceError, InputError
from patrol.evidence.chain import CHAIN_NAME, Entry, RecordEntry, layout, read_chain
from patrol.evidence.files import patrol_folder
from patrol.evidence.record_reader import read_metadata
from patrol.leads.queries import lead_view
from patrol.leads.views import CaptureView, LeadView
from patrol.packages.contents import PatrolChain, Selection, Surroundings, UsedCapture, UsedImage, Whole
from patrol.packages.reviews import Review, reviews_of

# Lines whose records explain the captures of a patrol (surroundings) or of a site (certificates).
_EXPLAINING = {"surroundings", "certificates"}


def wanted_leads(session: Session, workspace: Workspace, numbers: Sequence[str]) -> tuple[LeadView, ...]:
    """Return the leads of these numbers, each once. Raises InputError naming the one that is not there."""
    found: dict[int, LeadView] = {}
    for number in numbers:
        view = lead_view(session, workspace.root, number)
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
    chains = _Chains(workspace)
    images = _images(session, chains, views)
    used = []
    for view in sorted(views.values(), key=lambda view: (view.fetched_at, view.id)):
        found = _used(chains[view.patrol_id], view, tuple(of_lead[view.id]), reviews.get(view.id))
        whole = _whole(session, chains, found)
        used.append(replace(found, whole=whole, images=tuple(images.get(view.id, ()))))
    read = tuple(chains[number] for number in sorted(chains))
    extra = {chain.patrol_id: _extra(chain, used) for chain in read}
    surroundings = [said for chain in read for said in _surroundings(chain)]
    return Selection(leads, tuple(used), read, extra, tuple(surroundings))


class _Chains(dict[int, PatrolChain]):
    """The chains of the patrols asked for, each read once."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace

    def __missing__(self, patrol_id: int) -> PatrolChain:
        self[patrol_id] = chain = _chain(self._workspace, patrol_id)
        return chain


def _whole(session: Session, chains: _Chains, used: UsedCapture) -> Whole | None:
    """For a page that was found unchanged: the capture that holds its bytes, which may be of an earlier patrol."""
    if "revisit" not in used.said:
        return None
    record_id = used.said["revisit"]["record"]
    query = select(Capture.patrol_id, Capture.fetched_at).where(Capture.record_id == record_id)
    row = session.execute(query).first()
    if row is None:
        raise EvidenceError(f"{used.view.url} 复查时与以前的快照 {record_id} 相同，而那份快照已不在。请从备份恢复")
    chain = chains[row.patrol_id]
    line = _line(chain, used.view.url, record_id)
    return Whole(chain.patrol_id, row.fetched_at, line, tuple(_now(chain, [chain.entries[line - 1]])))


def _images(session: Session, chains: _Chains, capture_ids: Iterable[int]) -> dict[int, list[UsedImage]]:
    """The images of captures. What an interrupted patrol left was fetched by a later one and stands in its chain."""
    found: dict[int, list[UsedImage]] = defaultdict(list)
    for portion in portions(capture_ids):
        wanted = (CaptureImage.capture_id.in_(portion), CaptureImage.record_id != "")
        for row in session.scalars(select(CaptureImage).where(*wanted).order_by(CaptureImage.number)):
            chain = chains[row.patrol_id]
            line = _line(chain, row.url, row.record_id)
            records = tuple(_now(chain, [chain.entries[line - 1]]))
            found[row.capture_id].append(
                UsedImage(row.patrol_id, row.url, row.fetched_at, line, records, row.payload_sha256)
            )
    return found


def _chain(workspace: Workspace, patrol_id: int) -> PatrolChain:
    folder = patrol_folder(workspace, patrol_id)
    state = read_chain(folder / CHAIN_NAME)
    if not state.entries:
        raise EvidenceError(f"{folder} 里没有证据链 {CHAIN_NAME}。请先查明原因或从备份恢复")
    return PatrolChain(patrol_id, folder, state.entries, layout(state.entries), state.whole_bytes)


def _used(chain: PatrolChain, view: CaptureView, leads: tuple[str, ...], review: Review | None) -> UsedCapture:
    number = _line(chain, view.url, view.record_id)
    records = _now(chain, [chain.entries[number - 1]])
    said = _json(chain, next((record for record in reversed(records) if record.type == "metadata"), None))
    # A mark is of what was looked at; should the row speak of another record, there is none.
    mark = review if review is not None and review.record_sha256 == records[0].sha256 else None
    return UsedCapture(view, leads, mark, number, tuple(records), said)


def _line(chain: PatrolChain, url: str, record_id: str) -> int:
    """The line that chained a record. Raises EvidenceError."""
    number = chain.layout.numbers.get(record_id)
    if number is None or record_id not in chain.layout.present:
        raise EvidenceError(f"{url} 的取证快照不在证据链 {chain.folder / CHAIN_NAME} 中。请先运行 patrol verify 核验")
    return number


def _extra(chain: PatrolChain, used: Sequence[UsedCapture]) -> tuple[RecordEntry, ...]:
    """The records of this chain that stand beside the leads' captures."""
    beside = [other for one in used for other in (one.whole, *one.images) if other is not None]
    lines = {other.line for other in beside if other.patrol_id == chain.patrol_id}
    lines |= {one.line for one in used if one.view.patrol_id == chain.patrol_id}
    sites = {one.view.site for one in used}
    brought = {one.said["imported"]["file_sha256"] for one in used if one.view.imported}
    wanted = [
        entry
        for entry in chain.entries
        if entry.number in lines
        or (entry.kind in _EXPLAINING and entry.body.get("site", "") in {"", *sites})
        or (entry.kind == "import" and entry.body.get("sha256") in brought)
    ]
    files = {record.file for record in _now(chain, wanted)}
    openings = [entry for entry in chain.entries if entry.kind == "file" and entry.records[0].file in files]
    return tuple(_now(chain, [*openings, *wanted]))


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
    return read_metadata(chain.folder, record) if record is not None else {}
