"""Legal words: say on paper what the law asks of a case; from ``patrol.cases.casefile``, the same as ``patrol leads law``.

It states figures with their arithmetic, limits and what is still missing; it never says that somebody infringed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patrol.cases.assessment import CHECK
from patrol.cases.casefile import CaseView
from patrol.cases.deadlines import ClockState, ClockView
from patrol.cases.law import Measure
from patrol.cases.turnover import Extent, extent
from reports.data import UNKNOWN, Basis, day, moment

MAX_LINES = 20
MAX_ACCOUNTS = 20
MAX_TIES = 20
_COUNTED = tuple(measure for measure in Measure if measure is not Measure.SALES)


def legal(case: CaseView, basis: Basis) -> dict[str, Any]:
    """Say what the dossier says of the law, by the names that its template has."""
    law = case.legal
    return {
        "subject": subject(case, basis),
        "licences": licences(case, basis),
        "turnover": turnover(extent((case.lead,), {case.lead.id: case.facts})),
        "public_interest": basis.lines(law.public_interest)
        or f"{UNKNOWN}（由承办人写明情形，可参考：{'；'.join(law.public_interest_hints)}）",
        "profit": profit(case, basis),
        "suspicion": basis.lines(law.suspicion) or f"{UNKNOWN}（由承办人写明）",
        "nature": law.nature,
        "acts_in_law": law.acts or UNKNOWN,
        "amounts": amounts(law.extent, basis),
        "summed": summed(case, basis),
        "ties": ties(case, basis),
        "thresholds": [{"article": row.article, "words": row.words, "source": row.source} for row in law.thresholds],
        "combined": "；".join(law.combined),
        "clocks": [
            {"label": clock.label, "rule": clock.rule + (f"【{CHECK}】" if clock.check else ""), "words": _clock(clock)}
            for clock in law.clocks
        ],
        "entered": entered(case, basis),
        "suggestions": list(law.suggestions),
        "missing": list(law.missing),
        "law_notice": law.notice,
    }


def profit(case: CaseView, basis: Basis) -> str:
    signs = [f"{sign.label}（{basis.lines(sign.words, 80)}）" for sign in case.legal.profit]
    return "；".join([*filter(None, [basis.lines(case.legal.profit_entered)]), *signs]) or UNKNOWN


def subject(case: CaseView, basis: Basis) -> str:
    """Return the accounts that are taken for one, each with its site; never a finding."""
    person = case.infringer
    if person is None:
        return UNKNOWN
    accounts = [
        f"{basis.short(account.name or account.url, 60) or '未署名'}（{basis.said(basis.platform(account.site))}）"
        for account in person.accounts[:MAX_ACCOUNTS]
    ]
    more = f"等 {len(person.accounts)} 个" if len(person.accounts) > MAX_ACCOUNTS else ""
    return f"{'、'.join(accounts)}{more}。姓名（名称）、证件号码、住所：{UNKNOWN}"


def licences(case: CaseView, basis: Basis) -> str:
    if case.home_at is None:
        return f"尚未取证网站首页（{UNKNOWN}）"
    said = [
        f"{number.kind.label} {basis.short(number.number, 60)}"
        + (f"（{'；'.join(number.doubts)}）" if number.doubts else "")
        for number in case.numbers[:MAX_LINES]
    ]
    return f"{'；'.join(said) or '首页未见备案号、许可证号'}（{day(case.home_at)}首页）"


def turnover(found: Extent) -> str:
    """Say the estimate of 违法经营额, with its arithmetic."""
    amount = found.of(Measure.TURNOVER)
    if amount.value is None:
        return f"页面数据不足，不作估算（{UNKNOWN}）"
    return "\n".join((amount.words(Measure.TURNOVER.unit), *amount.lines[:MAX_LINES]))


def amounts(found: Extent, basis: Basis) -> list[dict[str, Any]]:
    """Return every figure that is known, with the lines that add up to it."""
    rows = []
    for measure in _COUNTED:
        amount = found.of(measure)
        if amount.lines:
            more = len(amount.lines) - MAX_LINES
            lines = [*amount.lines[:MAX_LINES], *([f"另 {more} 行"] if more > 0 else [])]
            rows.append(
                {
                    "label": measure.label,
                    "words": amount.words(measure.unit),
                    "lines": basis.lines("\n".join(lines), 4000),
                }
            )
    return rows


def summed(case: CaseView, basis: Basis) -> str:
    law = case.legal
    caution = f"。注意：{law.infringer_caution}" if law.infringer_caution else ""
    return (
        f"{basis.short(law.infringer)}，线索 {law.extent.leads} 条（尚未确认 {len(law.unconfirmed)} 条），"
        f"{law.extent.first} 至 {law.extent.last}{caution}"
    )


def ties(case: CaseView, basis: Basis) -> list[str]:
    """Say in words why accounts are taken for one."""
    return [basis.lines(tie.words, 120) for tie in (case.infringer.ties if case.infringer else ())[:MAX_TIES]]


def entered(case: CaseView, basis: Basis) -> list[dict[str, str]]:
    """Return what officers entered, as they wrote it."""
    return [
        {"label": key.label, "value": basis.lines(value)} for key, value in sorted(case.facts.values.items()) if value
    ]


def _clock(clock: ClockView) -> str:
    """A limit as paper has it: the last moment, since what is left changes with the day of reading."""
    if clock.due is not None and clock.state in (ClockState.RUNNING, ClockState.OVERDUE):
        return f"自{day(clock.started)}起算，截止 {moment(clock.due)}"
    return clock.words


def together(cases: Sequence[CaseView]) -> Extent:
    """Return the figures of these cases' leads alone, together."""
    return extent([case.lead for case in cases], {case.lead.id: case.facts for case in cases})
