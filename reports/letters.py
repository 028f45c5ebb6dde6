"""Letters: the right holder's notice, 责令改正通知书, 协助调查函, the answer to a complaint.

A notice under the regulation on networks (条例 art. 14) is the right holder's: the office's program only drafts it, and the
letter says who signs. The office itself orders (责令改正) and asks (协助调查). Letters go to one platform each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.leads.tallies import ComplaintView
from patrol.leads.views import LeadView
from patrol.nouns import LeadStatus, PageKind
from reports.cases import civil, common, evidence, facts, signed
from reports.data import UNKNOWN, Basis, day, spoken
from reports.references import CHECK, references


def by_platform(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    """The leads of each platform, in the order in which the platforms come."""
    groups: dict[str, list[LeadView]] = {}
    for lead in leads:
        groups.setdefault(lead.site, []).append(lead)
    return list(groups.values())


def by_platform_and_holder(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    """As ``by_platform``, and each right holder signs a notice of its own."""
    groups: dict[tuple[str, str], list[LeadView]] = {}
    for lead in leads:
        groups.setdefault((lead.site, lead.work.holder if lead.work else ""), []).append(lead)
    return list(groups.values())


def holder_notice(leads: Sequence[LeadView], basis: Basis, to: str = "") -> dict[str, Any]:
    """权利人通知: the three items of art. 14, with what the patrol saw as first proof."""
    first = facts(leads[0], basis)
    shop = any(capture.page_kind is PageKind.LISTING for lead in leads for capture in lead.captures)
    context = _letter(leads, basis, to) | {
        "holder": first["holder"],
        "evidence": evidence(leads, basis),
        "references": references("notice", *(["commerce"] if shop else []), workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def rectify(leads: Sequence[LeadView], basis: Basis, to: str = "") -> dict[str, Any]:
    """责令改正通知书: what was found where, what is ordered, what follows; signed and sealed by the office."""
    context = _letter(leads, basis, to) | {
        "references": references("rectify", *civil(leads), workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def assist(leads: Sequence[LeadView], basis: Basis, to: str = "") -> dict[str, Any]:
    """协助调查函: whom and what the office asks about."""
    accounts = dict.fromkeys(
        (basis.short(lead.seller) or UNKNOWN, basis.address(lead.seller_url or lead.url)) for lead in leads
    )
    context = _letter(leads, basis, to) | {
        "accounts": [
            {"number": number, "name": name, "address": address} for number, (name, address) in enumerate(accounts, 1)
        ],
        "references": references("assist", workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def _letter(leads: Sequence[LeadView], basis: Basis, to: str) -> dict[str, Any]:
    works = dict.fromkeys(f"《{basis.short(lead.work.title)}》" for lead in leads if lead.work)
    return common(basis) | {
        "to": basis.said(to) if to else f"{basis.said(basis.platform(leads[0].site))}（运营单位：{UNKNOWN}）",
        "works": "、".join(works) or UNKNOWN,
        "count": len(leads),
        "first": day(min(lead.found_at for lead in leads)),
        "leads": [facts(lead, basis) | {"index": number} for number, lead in enumerate(leads, 1)],
    }


def answer(complaint: ComplaintView, basis: Basis) -> dict[str, Any]:
    """投诉举报答复书: what was asked, what was looked at, what was found, what is being done."""
    leads = complaint.leads
    context = common(basis) | {
        "complaint": complaint.id,
        "to": basis.short(complaint.complainant) or "投诉举报人",
        "received": day(complaint.received_at),
        "url": basis.address(complaint.url) or UNKNOWN,
        "matter": basis.lines(complaint.facts) or UNKNOWN,
        "visited": _visited(complaint),
        "found": _found(leads),
        "leads": [facts(lead, basis) | {"index": number} for number, lead in enumerate(leads, 1)],
        "done": _done(leads),
    }
    return signed(context, basis, leads)


def _visited(complaint: ComplaintView) -> str:
    if not complaint.visits:
        return "您所反映的页面已列入重点目录，尚未巡查，巡查后另行答复。"
    state = complaint.last_state.label if complaint.last_state else UNKNOWN
    return (
        f"我单位对您所反映的页面取证 {complaint.visits} 次，最近一次为 {spoken(complaint.last_seen)}"
        f"（北京时间），当时页面状态为“{state}”。"
    )


def _found(leads: Sequence[LeadView]) -> str:
    if not leads:
        return "比对中未发现与作品库所载作品相同或者近似的内容。如有新的权属材料或网址，请补充提供。"
    kinds = "、".join(dict.fromkeys(lead.kind.label for lead in leads))
    return f"经比对，发现线索 {len(leads)} 条（{kinds}）。是否构成侵权，以依法核实认定为准。"


def _done(leads: Sequence[LeadView]) -> str:
    if not leads:
        return UNKNOWN
    counted: dict[LeadStatus, int] = {}
    for lead in leads:
        counted[lead.status] = counted.get(lead.status, 0) + 1
    return "，".join(f"{status.label} {count} 条" for status, count in counted.items())
