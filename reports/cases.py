"""Case papers: fill 案件线索登记表, and what goes to the police with a case (移送材料).

Each function returns what its Word template is filled with. The program states what it saw; what it cannot know stands as
a blank for the officers' hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.cases.casefile import CaseView
from patrol.cases.law import Measure
from patrol.leads.views import CaptureView, LeadView, MatchView
from patrol.notices.content import Proof
from patrol.tables.words import confidence
from patrol.text.masking import mask
from reports.comparison.compare import Segment, compare
from reports.data import UNKNOWN, Basis, colophon, indexes, moment, spoken
from reports.docx_fill import marked_runs
from reports.html import plain
from reports.legal import amounts, legal, subject, summed, ties, together
from reports.references import CHECK, references
from reports.text import share

MAX_SEEN = 60
"""Characters of a price or a sale as the page has it, which may be anything."""
MAX_PAIRS = 8
MAX_RENAMINGS = 40
_AUTHORISATION = ("expired", "not_begun", "exceeded")


def dossier(case: CaseView, basis: Basis) -> dict[str, Any]:
    """Fill 案件线索登记表: one lead, with what the law asks of it, its comparison, list of evidence, journal, and places to
    sign."""
    lead = case.lead
    events = [
        {"at": moment(e.at), "who": basis.short(e.who, 40), "status": e.status.label, "reason": basis.lines(e.reason)}
        for e in lead.events
    ]
    context = common(basis) | facts(lead, basis) | legal(case, basis) | {
        "matches": [_match(match, basis) for match in lead.matches],
        "evidence": evidence(captures_of([lead]), basis),
        "events": events,
        "references": references("lead", *civil([lead]), workspace=basis.workspace),
        "check": CHECK,
    }  # fmt: skip
    return signed(context, basis, indexes([lead]))


def civil(leads: Sequence[LeadView]) -> list[str]:
    """Return the topic that says so where an act is civil first: nobody is to promise a penalty for washing or
    reskinning."""
    return ["civil"] if any(lead.kind.civil_first for lead in leads) else []


def common(basis: Basis) -> dict[str, Any]:
    return {"office": plain(basis.office), "region": plain(basis.place), "draft": ""}


def signed(context: dict[str, Any], basis: Basis, versions: Sequence[str]) -> dict[str, Any]:
    """Return the context with its colophon, which names the digest of all the rest."""
    return context | {"colophon": colophon(basis, versions, context)}


def facts(lead: LeadView, basis: Basis) -> dict[str, Any]:
    """Say in words what a form says of a lead."""
    said, work = basis.said, lead.work
    times = [capture.fetched_at for capture in lead.captures]
    captured = UNKNOWN
    if times:
        captured = moment(times[0]) if len(times) == 1 else f"{moment(times[0])} 至 {moment(times[-1])}"
        captured += f"（{len(times)} 份快照）"
    seller = basis.short(lead.seller) or UNKNOWN
    return {
        "number": lead.number,
        "source": _source(lead, basis),
        "campaign": basis.short(lead.campaign) or UNKNOWN,
        "found": spoken(lead.found_at),
        "captured": captured,
        "platform": said(basis.platform(lead.site)),
        "url": basis.address(lead.url),
        "title": basis.title(lead.title) or "（无标题页面）",
        "name": seller,
        "seller": seller + (f"\n{basis.address(lead.seller_url)}" if lead.seller_url else ""),
        "field": lead.field.label,
        "work": f"《{basis.work(work.title)}》" if work else UNKNOWN,
        "authors": basis.short("、".join(work.authors)) if work and work.authors else UNKNOWN,
        "holder": (basis.short(work.holder) if work else "") or UNKNOWN,
        "registration": (basis.short(work.registration) if work else "") or UNKNOWN,
        "authorization": _authorization(lead, basis),
        "act": lead.kind.label,
        "conclusion": _conclusion(lead, basis),
        "circumstances": circumstances(lead, basis),
        "reasons": [basis.lines(signal.words) for signal in lead.signals] or [UNKNOWN],
        "grade": lead.grade.label,
        "score": f"{lead.score:.1f}",
        "status": lead.status.label,
        "department": said(lead.department) or UNKNOWN,
    }


def _source(lead: LeadView, basis: Basis) -> str:
    if lead.captures and all(capture.imported for capture in lead.captures):
        origins = dict.fromkeys(
            basis.short(c.imported.source) for c in lead.captures if c.imported and c.imported.source
        )
        return f"导入材料（{'、'.join(origins) or '来源未载明'}）"
    return f"网络巡查（第 {lead.patrol_id} 次）" if lead.patrol_id is not None else UNKNOWN


def _authorization(lead: LeadView, basis: Basis) -> str:
    found = [basis.lines(signal.words) for signal in lead.signals if signal.code in _AUTHORISATION]
    return "；".join(found) or "授权登记中未查到对该页面的授权，须向权利人核实"


def _conclusion(lead: LeadView, basis: Basis) -> str:
    return basis.lines(lead.comparison) or "没有可供比对的正文，依据见研判理由"


def seen(lead: LeadView, name: str) -> Any:
    """Return what the newest capture says of ``name`` (a field of ``patrol.items.Extracted``); None where it says
    nothing."""
    value = lead.captures[-1].extracted.get(name) if lead.captures else None
    return None if value == "" else value


def circumstances(lead: LeadView, basis: Basis) -> str:
    parts = []
    for name, words in (
        ("price", "标价 {} 元"),
        ("sales", "页面所示销量 {} 件"),
        ("views", "页面所示浏览（播放）{} 次"),
    ):
        value = seen(lead, name)
        if value is not None:
            more = "以上" if name == "sales" and seen(lead, "sales_at_least") else ""
            parts.append(words.format(basis.said(value)) + more)
    return "，".join(parts) or f"页面未见价格、销量、点击数（{UNKNOWN}）"


def captures_of(leads: Sequence[LeadView]) -> list[CaptureView]:
    """Return the captures of these leads, each once, in order of time."""
    captures = {capture.id: capture for lead in leads for capture in lead.captures}
    return sorted(captures.values(), key=lambda capture: (capture.fetched_at, capture.id))


def evidence(captures: Sequence[CaptureView | Proof], basis: Basis) -> list[dict[str, Any]]:
    """List captures as evidence, in the order given."""
    return [
        {
            "number": number,
            "title": basis.title(capture.title) or "（无标题页面）",
            "url": basis.address(capture.url) + _brought(capture, basis),
            "at": ("导入时间 " if capture.imported else "") + moment(capture.fetched_at),
            "state": capture.state.label,
            "file": f"{capture.warc_path} 第 {capture.warc_offset} 字节起 {capture.warc_length} 字节",
            "digest": f"记录 {capture.record_sha256}\n正文 {capture.payload_sha256}",
        }
        for number, capture in enumerate(captures, 1)
    ]


def _brought(capture: CaptureView | Proof, basis: Basis) -> str:
    """Of a page that nobody here fetched: whence it came, and what it only claims."""
    origin = capture.imported
    if origin is None:
        return ""
    said = f"\n导入材料，非本单位访问取得，出自文件“{basis.short(origin.file)}”{basis.short(origin.place)}"
    if origin.source:
        said += f"，来源：{basis.short(origin.source)}"
    if origin.claimed_at:
        said += f"，自称时间 {moment(origin.claimed_at)}（据{basis.short(origin.claimed_by)}，未经核实）"
    return f"{said}，原文件 SHA-256 {origin.file_sha256}"


def _match(match: MatchView, basis: Basis) -> dict[str, Any]:
    pairs = compare(match).pairs
    # Covered as a whole, so that a number which a mark or a passage's end divides is known all the same.
    page, work = match.page_text, match.work_text
    if basis.masked:
        page, work = (mask(text, basis.names, (match.capture.title,)) for text in (page, work))
    shown = [
        {
            "where": f"网页第 {p.passage.page_start + 1}—{p.passage.page_end} 字",
            "source": f"作品第 {p.passage.work_start + 1}—{p.passage.work_end} 字，逐字相同 {share(p.identity)}",
            "page": marked_runs(_fit(p.page, page[p.passage.page_start : p.passage.page_end])),
            "work": marked_runs(_fit(p.work, work[p.passage.work_start : p.passage.work_end])),
        }
        for p in pairs[:MAX_PAIRS]
    ]
    renamings = [
        {"old": basis.short(r.old, 40), "new": basis.short(r.new, 40), "support": r.support}
        for r in match.renamings[:MAX_RENAMINGS]
    ]
    disguises = [
        {
            "label": d.label,
            "count": d.count,
            "example": basis.short(d.example, 40),
            "read_as": basis.short(d.read_as, 40),
        }
        for d in match.disguises
    ]
    return {
        "work": basis.work(match.work.title),
        "kind": match.kind.label,
        "probability": confidence(match.probability),
        "index_version": match.index_version or UNKNOWN,
        "captured": moment(match.capture.fetched_at),
        "page": basis.address(match.capture.url),
        "reasons": [basis.lines(reason.words) for reason in match.reasons] or [UNKNOWN],
        "renamings": renamings,
        "disguises": disguises,
        "pairs": shown,
        "left_out": len(pairs) - len(shown),
        "passages": len(pairs),
    }


def _fit(segments: Sequence[Segment], text: str) -> list[Segment]:
    """The same segments with their characters from ``text`` (the whole passage, covered or not), fit to be read."""
    out, at = [], 0
    for segment in segments:
        out.append(Segment(plain(text[at : at + len(segment.text)]), segment.mark))
        at += len(segment.text)
    return out


# -- referral --------------------------------------------------------------------------------------------------------


def referral(cases: Sequence[CaseView], basis: Basis) -> dict[str, Any]:
    """Fill all papers of a referral: one case, of one or several leads."""
    leads = [case.lead for case in cases]
    whole = together(cases)
    sellers = dict.fromkeys(basis.short(lead.seller) for lead in leads if lead.seller)
    works = dict.fromkeys(f"《{basis.work(lead.work.title)}》" for lead in leads if lead.work)
    entered = dict.fromkeys(basis.lines(case.legal.suspicion) for case in cases if case.legal.suspicion)
    people = {case.legal.infringer_leads: case for case in cases}
    amount = whole.of(Measure.TURNOVER)
    sums = (
        f"合计 {amount.words(Measure.TURNOVER.unit)}（{len(leads)} 条线索，逐条算式见调查报告第三部分）"
        if amount.value is not None
        else f"页面数据不足，不作估算（{UNKNOWN}）"
    )
    context = common(basis) | {
        "numbers": "、".join(lead.number for lead in leads),
        "suspects": "、".join(sellers) or UNKNOWN,
        "works": "、".join(works) or UNKNOWN,
        "work_count": len(works),
        "lead_count": len(leads),
        "acts": "、".join(dict.fromkeys(lead.kind.label for lead in leads)),
        "platforms": "、".join(dict.fromkeys(basis.said(basis.platform(lead.site)) for lead in leads)),
        "first": spoken(min(lead.found_at for lead in leads)),
        "last": spoken(max(lead.found_at for lead in leads)),
        "leads": [
            facts(case.lead, basis) | legal(case, basis) | {"index": number} for number, case in enumerate(cases, 1)
        ],
        "sums": sums,
        "amounts": amounts(whole, basis),
        "subject": "\n".join(dict.fromkeys(subject(case, basis) for case in cases)),
        "suspicion": "\n".join(entered) or f"（由承办人写明：营利目的；数额或者情节；主观故意）{UNKNOWN}",
        "people": [
            {
                "summed": summed(case, basis),
                "amounts": amounts(case.legal.extent, basis),
                "ties": "；".join(ties(case, basis)),
                "combined": "；".join(case.legal.combined),
                "thresholds": [row.words for row in case.legal.thresholds if row.article.startswith("刑法")],
            }
            for case in people.values()
        ],
        "goods": _goods(leads, basis),
        "evidence": evidence(captures_of(leads), basis),
        "matches": [_match(match, basis) | {"number": lead.number} for lead in leads for match in lead.matches],
        "references": references("referral", *civil(leads), workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, indexes(leads))


def _goods(leads: Sequence[LeadView], basis: Basis) -> list[dict[str, Any]]:
    """What the case is about, as the pages show it: a row a lead; what is seized is written in by hand."""
    return [
        {
            "number": number,
            "name": basis.title(lead.title) or "（无标题页面）",
            "features": f"{basis.said(basis.platform(lead.site))} {basis.short(lead.seller)}\n{basis.address(lead.url)}".strip(),
            "quantity": f"{basis.short(sales, MAX_SEEN)} 件（页面所示销量）"
            if (sales := seen(lead, "sales")) is not None
            else UNKNOWN,
            "value": f"{basis.short(price, MAX_SEEN)} 元" if (price := seen(lead, "price")) is not None else UNKNOWN,
            "note": f"网页快照 {len(lead.captures)} 份，线索 {lead.number}",
        }
        for number, lead in enumerate(leads, 1)
    ]
