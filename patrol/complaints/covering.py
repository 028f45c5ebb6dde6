"""Complaints as lists and screens show them: covers what would tell who filed one, or against whom.

Letters to a complainant and the evidence keep everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patrol.complaints.views import ComplaintView, FilingView
from patrol.text.masking import COVER, mask, names_to_keep

_NOBODY = frozenset({"不详", "未知", "不明", "不清楚", "无", "没有", "匿名", "某人", "某某", "某", "空"})
"""What people write where they know no name."""


def covered(view: ComplaintView) -> ComplaintView:
    """Return the complaint with its personal data covered; names of works stay."""
    names = names_to_keep([view.work_title])
    return replace(
        view,
        respondent=masked_name(view.respondent, names),
        respondent_address=mask(view.respondent_address),
        filings=tuple(_filing(filing, names) for filing in view.filings),
    )


def _filing(filing: FilingView, names: Sequence[str]) -> FilingView:
    return replace(
        filing,
        complainant=masked_name(filing.complainant, names),
        contact=masked_contact(filing.contact),
        address=mask(filing.address),
        identity=mask(filing.identity),
        facts=mask(filing.facts, names),
        proof=mask(filing.proof, names),
        copies=mask(filing.copies, names),
    )


def masked_name(name: str, names: Sequence[str] = ()) -> str:
    """Cut a person's name to its first character; a firm's (longer than four) stays, and so does a word for nobody.

    >>> masked_name("张三丰"), masked_name("不详")
    ('张＊＊', '不详')
    """
    if name.strip() in _NOBODY:
        return name
    return name[:1] + COVER * (len(name) - 1) if 1 < len(name) <= 4 else mask(name, names)


def masked_contact(text: str) -> str:
    """Return ``text`` with telephone numbers and the names of mailboxes covered."""
    words = []
    for word in mask(text).split(" "):
        box, at, host = word.partition("@")
        words.append(f"{box[:1]}{COVER * max(0, len(box) - 1)}{at}{host}" if at else word)
    return " ".join(words)
