"""Letters: fill the right holder's notice, 责令改正通知书, 协助调查函, and the answer to a complaint.

A notice under the regulation on networks (条例 art. 14) is the right holder's: the office's program only drafts it, and the
letter says who signs. The office itself orders (责令改正) and asks (协助调查). Letters go to one platform each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patrol import clock
from patrol.cases.casefile import CaseView
from patrol.complaints.answers import AnswerLetter
from patrol.errors import InputError
from patrol.leads.views import LeadView
from patrol.notices.content import Letter, Letters, NoticeKind
from patrol.notices.register import NoticeView
from patrol.text.masking import names_to_keep
from patrol.vocabulary import PageKind
from reports.cases import civil, common, evidence, facts, signed
from reports.data import UNKNOWN, Basis, day
from reports.gb9704 import YEARS
from reports.html import plain
from reports.legal import nature
from reports.references import CHECK, references

MAX_MATTER = 200
"""Characters of what a complainant said; they know it, and the row is to name it only."""


def by_platform(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    """Group the leads by platform, in the order in which the platforms come."""
    groups: dict[str, list[LeadView]] = {}
    for lead in leads:
        groups.setdefault(lead.site, []).append(lead)
    return list(groups.values())


def by_platform_and_holder(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    """Group as ``by_platform`` does, and each right holder signs a notice of its own."""
    groups: dict[tuple[str, str], list[LeadView]] = {}
    for lead in leads:
        groups.setdefault((lead.site, lead.work.holder if lead.work else ""), []).append(lead)
    return list(groups.values())


def holder_notice(
    leads: Sequence[LeadView], basis: Basis, to: str = "", drafted: Sequence[NoticeView] = ()
) -> dict[str, Any]:
    """Fill 权利人通知: the three items of art. 14, with what the patrol saw as first proof."""
    first = facts(leads[0], basis)
    shop = any(capture.page_kind is PageKind.LISTING for lead in leads for capture in lead.captures)
    notice = _drafted(leads, drafted)
    contact, address = _holder(notice.letter) if notice and notice.letter else (UNKNOWN, UNKNOWN)
    context = _letter(NoticeKind.HOLDER, leads, basis, to, notice) | {
        "holder": first["holder"],
        "holder_contact": plain(contact),
        "holder_address": plain(address),
        "evidence": evidence(leads, basis),
        "references": references("notice", *(["commerce"] if shop else []), workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def rectify(
    cases: Sequence[CaseView], basis: Basis, to: str = "", drafted: Sequence[NoticeView] = ()
) -> dict[str, Any]:
    """Fill 责令改正通知书: what was found where, what is ordered, what follows; signed and sealed by the office."""
    leads = [case.lead for case in cases]
    interests = dict.fromkeys(basis.lines(c.legal.public_interest) for c in cases if c.legal.public_interest)
    context = _letter(NoticeKind.RECTIFY, leads, basis, to, _drafted(leads, drafted)) | {
        "public_interest": "；".join(interests) or UNKNOWN,
        "legal_notes": [
            f"{case.lead.number}：{nature(case)}。尚缺：{'；'.join(case.legal.missing) or '无'}。" for case in cases
        ],
        "references": references("rectify", *civil(leads), workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def assist(leads: Sequence[LeadView], basis: Basis, to: str = "", drafted: Sequence[NoticeView] = ()) -> dict[str, Any]:
    """Fill 协助调查函: whom and what the office asks about."""
    accounts = dict.fromkeys(
        (basis.short(lead.seller) or UNKNOWN, basis.address(lead.seller_url or lead.url)) for lead in leads
    )
    context = _letter(NoticeKind.ASSIST, leads, basis, to, _drafted(leads, drafted)) | {
        "accounts": [
            {"number": number, "name": name, "address": address} for number, (name, address) in enumerate(accounts, 1)
        ],
        "references": references("assist", workspace=basis.workspace),
        "check": CHECK,
    }
    return signed(context, basis, leads)


def _drafted(leads: Sequence[LeadView], drafted: Sequence[NoticeView]) -> NoticeView | None:
    """The newest draft about the one lead of a letter; a letter about several leads is none that was drafted."""
    if len(leads) != 1:
        return None
    return max((notice for notice in drafted if notice.lead == leads[0].number), key=lambda n: n.id, default=None)


def _holder(letter: Letter) -> tuple[str, str]:
    """The right holder's contact and address, as ``compose`` put them into the first item of art. 14."""
    _, contact, address = letter.items[0].value.rsplit("；", 2)
    return contact, address


def _letter(
    kind: NoticeKind, leads: Sequence[LeadView], basis: Basis, to: str, notice: NoticeView | None
) -> dict[str, Any]:
    """What all letters say. Their words are those of ``tables/notices.yaml``, or as they stood when it was drafted."""
    row = Letters.load(basis.workspace).kinds.get(kind)
    if row is None:
        raise InputError(f"notices.yaml 里没有“{kind.label}”这一种，请补上")
    letter = notice.letter if notice is not None else None
    said = letter or row
    if not to and letter is not None and letter.recipient != UNKNOWN:
        to = letter.recipient
    works = dict.fromkeys(f"《{basis.work(lead.work.title)}》" for lead in leads if lead.work)
    return common(basis) | {
        "number": notice.number if notice is not None and notice.number else f"{row.prefix}{YEARS}",
        "basis": "、".join(said.basis),
        "demands": list(said.demand),
        "signer": said.signer,
        "legal_notes": [],
        "cautions": list(letter.cautions) if letter is not None else [],
        "officers": "、".join(basis.short(name, 40) for name in (letter.officers if letter else ()))
        or "＿＿＿＿＿＿、＿＿＿＿＿＿",
        "to": basis.said(to) if to else f"{basis.said(basis.platform(leads[0].site))}（运营单位：{UNKNOWN}）",
        "works": "、".join(works) or UNKNOWN,
        "count": len(leads),
        "first": day(min(lead.found_at for lead in leads)),
        "leads": [facts(lead, basis) | {"index": number} for number, lead in enumerate(leads, 1)],
    }


def answer(letter: AnswerLetter, basis: Basis) -> dict[str, Any]:
    """Fill 投诉举报答复书: what one complainant filed, what was looked at, what was found, what is still wanted."""
    basis = replace(basis, names=names_to_keep(row.work for row in letter.rows))
    rows = [
        {
            "index": number,
            "number": row.number,
            "filed": clock.write_day(row.filed),
            "work": f"《{basis.title(row.work)}》" if row.work else UNKNOWN,
            "url": basis.address(row.url) or UNKNOWN,
            "matter": basis.lines(row.matter, MAX_MATTER),
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
