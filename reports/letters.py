"""Letters: the right holder's notice, 责令改正通知书, 协助调查函, the answer to a complaint.

A notice under the regulation on networks (条例 art. 14) is the right holder's: the office's program only drafts it, and the
letter says who signs. The office itself orders (责令改正) and asks (协助调查). Letters go to one platform each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.complaints.answers import AnswerLetter
from patrol.leads.views import LeadView
from patrol.nouns import PageKind
from reports.cases import civil, common, evidence, facts, signed
from reports.data import UNKNOWN, Basis, day
from reports.references import CHECK, references

MOST_MATTER = 200
"""Characters of what a complainant said; they know it, and the row is to name it only."""


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


def answer(letter: AnswerLetter, basis: Basis) -> dict[str, Any]:
    """投诉举报答复书: what one complainant filed, what was looked at, what was found, what is still wanted."""
    rows = [
        {
            "index": number,
            "number": row.number,
            "filed": f"{row.filed:%Y年%-m月%-d日}",
            "work": f"《{basis.short(row.work)}》" if row.work else UNKNOWN,
            "url": basis.address(row.url) or UNKNOWN,
            "matter": basis.lines(row.matter, MOST_MATTER),
            "state": row.state.label,
            "said": basis.lines(row.said),
            "leads": "、".join(row.leads),
        }
        for number, row in enumerate(letter.rows, 1)
    ]
    context = common(basis) | {
        "to": basis.short(letter.complainant) or "投诉举报人",
        "count": len(rows),
        "counted": "，".join(f"{state.label} {count} 件" for state, count in letter.counts.items()),
        "rows": rows,
        "missing": "、".join(dict.fromkeys(item for row in letter.rows for item in row.missing)),
    }
    return signed(context, basis, ())
