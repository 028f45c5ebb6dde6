"""Letters: fill the right holder's notice, 责令改正通知书, 协助调查函, and the answer to a complaint.

A notice under the regulation on networks (条例 art. 14) is the right holder's: the office's program only drafts it, and the
letter says who signs. The office itself orders (责令改正) and asks (协助调查). Letters go to one platform each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patrol import clock
from patrol.cases.assessment import LegalView
from patrol.complaints.answers import AnswerLetter
from patrol.errors import InputError
from patrol.leads.views import LeadView
from patrol.notices.content import Letter, LetterLead, LetterRow, Letters, NoticeKind, Sender, compose
from patrol.notices.register import NoticeView
from patrol.text.masking import names_to_keep
from reports.cases import common, evidence, signed
from reports.data import UNKNOWN, Basis, day, region_before
from reports.gb9704 import YEARS
from reports.html import plain
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


def composed(
    kind: NoticeKind, leads: Sequence[LeadView], legal: Sequence[LegalView], basis: Basis, to: str = ""
) -> Letter:
    """Compose the letter about leads for which none was drafted, as they are now. Raises InputError where the office's
    table has no such letter."""
    recipient = to or f"{basis.platform(leads[0].site)}（运营单位：{UNKNOWN}）"
    return compose(leads, kind, _row(kind, basis), Sender(basis.office, basis.region, recipient), legal)


def as_drafted(notice: NoticeView, to: str = "") -> Letter | None:
    """Return the letter as it stood when it was drafted; None where an older program kept none. ``to`` fills in whom it
    goes to where that was not known; raises InputError where it was somebody else."""
    letter = notice.letter
    if letter is None or not to or to == letter.recipient:
        return letter
    if UNKNOWN not in letter.recipient:
        raise InputError(f"{notice.number} 起草时的收件人是“{letter.recipient}”，不是“{to}”。要改请重新起草")
    return replace(letter, recipient=to)


def _row(kind: NoticeKind, basis: Basis) -> LetterRow:
    row = Letters.load(basis.workspace).kinds.get(kind)
    if row is None:
        raise InputError(f"notices.yaml 里没有“{kind.label}”这一种，请补上")
    return row


def holder_notice(letter: Letter, number: str, basis: Basis) -> dict[str, Any]:
    """Fill 权利人通知: the three items of art. 14, with what the patrol saw as first proof."""
    basis = _naming(basis, letter)
    context = _common(letter, number, basis) | {
        "holder": basis.short(letter.holder) or UNKNOWN,
        "holder_contact": plain(letter.holder_contact) or UNKNOWN,
        "holder_address": plain(letter.holder_address) or UNKNOWN,
        "evidence": evidence(letter.proofs, basis),
    }
    return signed(context, basis, letter.indexes)


def rectify(letter: Letter, number: str, basis: Basis) -> dict[str, Any]:
    """Fill 责令改正通知书: what was found where, what is ordered, what follows; signed and sealed by the office."""
    basis = _naming(basis, letter)
    context = _common(letter, number, basis) | {"public_interest": basis.lines(letter.public_interest) or UNKNOWN}
    return signed(context, basis, letter.indexes)


def assist(letter: Letter, number: str, basis: Basis) -> dict[str, Any]:
    """Fill 协助调查函: whom and what the office asks about."""
    basis = _naming(basis, letter)
    accounts = dict.fromkeys(
        (basis.short(lead.account) or UNKNOWN, lead.account_url or next((page.url for page in lead.pages), ""))
        for lead in letter.leads
    )
    context = _common(letter, number, basis) | {
        "accounts": [
            {"number": number, "name": name, "address": basis.address(address) or UNKNOWN}
            for number, (name, address) in enumerate(accounts, 1)
        ]
    }
    return signed(context, basis, letter.indexes)


def _naming(basis: Basis, letter: Letter) -> Basis:
    return replace(basis, names=names_to_keep(lead.work for lead in letter.leads))


def _common(letter: Letter, number: str, basis: Basis) -> dict[str, Any]:
    """Fill what all letters say; nothing in it is read from the lead as it is now."""
    return {
        "office": plain(letter.office),
        "region": plain(region_before(letter.region, letter.office)),
        "draft": "",
        "number": number or f"{_row(letter.kind, basis).prefix}{YEARS}",
        "basis": "、".join(letter.basis),
        "demands": list(letter.demand),
        "signer": letter.signer,
        "cautions": list(letter.cautions),
        "legal_notes": list(letter.legal_notes),
        "references": references(*letter.topics, workspace=basis.workspace),
        "check": CHECK,
        "officers": "、".join(basis.short(name, 40) for name in letter.officers) or "＿＿＿＿＿＿、＿＿＿＿＿＿",
        "to": basis.said(letter.recipient),
        "works": plain(letter.works),
        "count": len(letter.pages),
        "first": day(min(lead.found_at for lead in letter.leads)),
        "leads": [_about(lead, basis) | {"index": index} for index, lead in enumerate(letter.leads, 1)],
    }


def _about(lead: LetterLead, basis: Basis) -> dict[str, Any]:
    """Fill what a letter says of one lead."""
    return {
        "number": lead.number,
        "work": f"《{basis.work(lead.work)}》" if lead.work else UNKNOWN,
        "url": "\n".join(dict.fromkeys(basis.address(page.url) for page in lead.pages)) or UNKNOWN,
        "name": "、".join(dict.fromkeys(basis.short(page.account) for page in lead.pages if page.account)) or UNKNOWN,
        "registration": basis.short(lead.registration) or UNKNOWN,
        "conclusion": basis.lines(lead.finding),
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
