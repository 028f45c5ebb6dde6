"""Workflow of a lead: says from which status to which it may go, and when a reason must be given. Pure, no database.

new → reviewing → confirmed or dismissed → notified → removed, not removed, counter-notice → referred → closed; and the
ways back that practice needs: a dismissed or closed lead taken up again, a page that has come back. The table is the law
of the house; whoever wants another step changes a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patrol.vocabulary import LeadStatus

_S = LeadStatus

TRANSITIONS: Mapping[LeadStatus, tuple[LeadStatus, ...]] = {
    _S.NEW: (_S.REVIEWING, _S.CONFIRMED, _S.DISMISSED),
    _S.REVIEWING: (_S.CONFIRMED, _S.DISMISSED),
    _S.CONFIRMED: (_S.NOTIFIED, _S.REFERRED, _S.DISMISSED, _S.CLOSED),
    _S.DISMISSED: (_S.REVIEWING,),
    _S.NOTIFIED: (_S.REMOVED, _S.NOT_REMOVED, _S.COUNTER_NOTICE, _S.REFERRED, _S.CLOSED),
    _S.REMOVED: (_S.NOT_REMOVED, _S.COUNTER_NOTICE, _S.REFERRED, _S.CLOSED),
    _S.NOT_REMOVED: (_S.NOTIFIED, _S.REMOVED, _S.COUNTER_NOTICE, _S.REFERRED, _S.CLOSED),
    _S.COUNTER_NOTICE: (_S.REMOVED, _S.NOT_REMOVED, _S.REFERRED, _S.DISMISSED, _S.CLOSED),
    _S.REFERRED: (_S.CONFIRMED, _S.CLOSED),
    _S.CLOSED: (_S.REVIEWING,),
}
"""Allowed steps. ``REFERRED`` → ``CONFIRMED``: the police did not accept the case."""

EXPLAINED = frozenset({_S.CONFIRMED, _S.DISMISSED, _S.NOT_REMOVED, _S.COUNTER_NOTICE, _S.REFERRED, _S.CLOSED})
"""A step to one of these needs a reason in words, and so does every step back."""

OPEN = frozenset(_S) - {_S.DISMISSED, _S.CLOSED}
WATCHED = frozenset({_S.NOTIFIED, _S.REMOVED, _S.NOT_REMOVED, _S.COUNTER_NOTICE})
"""A notice is out: the pages are visited daily to see whether they are gone, and stay gone."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is not taken (Chinese), and what would be allowed."""

    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message}。{self.remedy}" if self.remedy else self.message


def needs_reason(before: LeadStatus, after: LeadStatus) -> bool:
    return after in EXPLAINED or before in (_S.DISMISSED, _S.CLOSED)


def refusal(before: LeadStatus, after: LeadStatus, reason: str) -> Refusal | None:
    """Return why a step is not allowed; None when it is. A lead that stays where it is takes no step and is allowed.

    >>> refusal(LeadStatus.NEW, LeadStatus.CLOSED, "完了").message
    '“待核查”的线索不能直接改为“已办结”'
    """
    if after == before:
        return None
    allowed = TRANSITIONS[before]
    if after not in allowed:
        ways = "、".join(status.label for status in allowed)
        return Refusal(f"“{before.label}”的线索不能直接改为“{after.label}”", f"下一步可以是：{ways}")
    if needs_reason(before, after) and not reason.strip():
        return Refusal(f"改为“{after.label}”要写明理由")
    return None
