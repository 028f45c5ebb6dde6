"""Law command: runs ``patrol leads law``, what the law asks of a lead. References and arithmetic; a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from rich.text import Text

from patrol import clock
from patrol.cases.assessment import LegalView, ThresholdView
from patrol.cases.casefile import legal_view
from patrol.cases.deadlines import ClockState
from patrol.cases.law import Measure
from patrol.cli.arguments import JSON, LEAD
from patrol.cli.console import console, print_json
from patrol.cli.listing import Column, show_list
from patrol.workspace import open_workspace

_BLANK = "（待填写）"


def show_law(
    number: Annotated[str, LEAD],
    json: Annotated[bool, JSON] = False,
) -> None:
    """对照法律依据：行为性质、公共利益、营利目的、经营额算式、追诉数额、期限，以及还缺什么。"""
    with open_workspace() as here:
        view = legal_view(here.session, number, clock.now(), here.workspace.root)
    if json:
        print_json({**asdict(view), "rules": [rule.model_dump() for rule in view.rules]})
        return
    _show(view)


def _show(view: LegalView) -> None:
    console.print(Text(f"{view.number} 法律对照", style="bold"))
    console.print(Text(view.notice, style="yellow"))
    _section(
        "行为性质",
        (view.civil and f"民事：{view.civil}", view.administrative and f"行政：{view.administrative}", view.act_note),
    )
    _section("公共利益损害情形", (view.public_interest or f"{_BLANK}可参考：{'；'.join(view.public_interest_hints)}",))
    signs = [f"{sign.label}：{sign.words}（取证快照 {sign.capture_id}，{sign.place}）" for sign in view.profit]
    _section("营利目的", (*signs, view.profit_entered or ("" if signs else _BLANK)))
    _section("合理嫌疑", (view.suspicion or _BLANK,))
    extent = view.extent
    figures = [
        line
        for measure in Measure
        if measure is not Measure.SALES and (amount := extent.of(measure)).lines
        for line in (f"{measure.label}：{amount.words(measure.unit)}", *(f"　{row}" for row in amount.lines[:20]))
    ]
    _section(
        f"情节合计：{view.infringer}，线索 {extent.leads} 条（尚未确认 {len(view.unconfirmed)} 条），{extent.first} 至 {extent.last}",
        [*([f"注意：{view.infringer_caution}"] if view.infringer_caution else []), *figures]
        or ("页面上没有可以计算的数额",),
    )
    show_list(
        "数额标准（按行为日期适用）",
        (Column("规定"), Column("对照", 24), Column("出处")),
        ((row.article, Text(row.words, style=_threshold_style(row)), row.source) for row in view.thresholds),
    )
    if view.combined:
        console.print(Text(f"各达一半可合并计算：{'；'.join(view.combined)}", style="red"))
    colours = {ClockState.OVERDUE: "red", ClockState.LATE: "red", ClockState.RUNNING: "yellow"}
    for limit in view.clocks:
        said = f"期限 {limit.label}（{limit.length}，{limit.rule}）：{limit.words}{'【待核】' if limit.check else ''}"
        console.print(Text(said, style=colours.get(limit.state, "")))
    _section("建议（由人决定）", view.suggestions)
    _section("还缺", view.missing)
    _section("依据", [f"{rule.rule}{rule.article}：{rule.says}" for rule in view.rules])


def _threshold_style(row: ThresholdView) -> str:
    if not row.applies:
        return "dim"
    return "red" if row.reached else ""


def _section(title: str, lines: Sequence[str]) -> None:
    console.print(Text(title, style="bold"))
    for line in lines:
        if line:
            # No blank before the words: a line without spaces would be broken there.
            console.print(Text(f"　・{line}"))
