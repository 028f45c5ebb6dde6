"""Legal assessment: puts together what the law asks of a lead, from the table of law, its pages and what officers entered.

It suggests and names what is missing; a person decides. Reports read ``assess`` (pure) or ``legal_view``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from patrol.cases.deadlines import ClockView, clock_views
from patrol.cases.law import Law, Measure, Rule, Threshold
from patrol.cases.turnover import Amount, Extent, extent, plain_number
from patrol.leads.facts import FactKey, Facts
from patrol.leads.views import LeadView
from patrol.vocabulary import LeadStatus, MatchKind, PageKind

_CONTEXT = 12
_UNCONFIRMED = frozenset({LeadStatus.NEW, LeadStatus.REVIEWING})
CHECK = "待核"


@dataclass(frozen=True, slots=True)
class SignView:
    """A sign of profit on a page, with its place there and the capture that shows it."""

    label: str
    words: str
    place: str
    capture_id: int


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """One figure of the law beside the infringer's. ``applies``: in force on the last day the pages were seen, else only
    earlier in the span. ``reached`` None: the figure is not known. ``share`` of the threshold, None when not known."""

    article: str
    measure: str
    figure: Decimal
    unit: str
    valid_from: date
    valid_to: date | None
    applies: bool
    after_penalty: bool
    amount: Amount
    reached: bool | None
    share: float | None
    effect: str
    source: str
    check: bool
    words: str


@dataclass(frozen=True, slots=True)
class LegalView:
    """All that the law asks of one lead. Texts are Chinese; "" or an empty tuple: nothing, or to be filled by a person.

    ``civil``/``administrative``: the act under art. 52 or 53. ``missing``: what an officer has still to enter.
    ``suggestions``: what might be done next; none of them is a decision. ``unconfirmed``: leads of the infringer whose
    figures are in the sums although no person has confirmed them yet.
    """

    number: str
    notice: str
    civil: str
    administrative: str
    act_note: str
    public_interest: str
    public_interest_hints: tuple[str, ...]
    profit: tuple[SignView, ...]
    profit_entered: str
    suspicion: str
    infringer: str
    infringer_caution: str
    infringer_leads: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    extent: Extent
    thresholds: tuple[ThresholdView, ...]
    combined: tuple[str, ...]
    clocks: tuple[ClockView, ...]
    rules: tuple[Rule, ...]
    suggestions: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def acts(self) -> str:
        """The acts that the table takes it for, in words."""
        parts = (self.civil and f"民事：{self.civil}", self.administrative and f"行政：{self.administrative}")
        return "；".join(part for part in parts if part)

    @property
    def nature(self) -> str:
        """The same with the table's note, so that nobody promises a penalty for what is civil only."""
        return "；".join(part.rstrip("。") for part in (self.acts, self.act_note) if part)


def assess(
    view: LeadView,
    facts: Mapping[int, Facts],
    law: Law,
    now: datetime,
    *,
    same_infringer: Sequence[LeadView] = (),
    infringer: str = "",
    caution: str = "",
    ended: datetime | None = None,
) -> LegalView:
    """Put together what the law asks of ``view``.

    ``facts``: by lead id, of it and of ``same_infringer`` (all leads of its infringer, ``view`` among them or not),
    over which figures are summed. ``infringer``: how that is called; ``caution``: why its ties need checking. ``ended``: when the pages were seen gone.
    """
    others = tuple(other for other in same_infringer if other.id != view.id)
    together = extent((view, *others), facts)
    own = facts[view.id]
    thresholds = _thresholds(law, together, (view, *others), facts)
    combined = _combined(law, together)
    profit = _profit(view, law)
    act = law.act(view.kind)
    unconfirmed = tuple(other.number for other in (view, *others) if other.status in _UNCONFIRMED)
    listing = any(capture.page_kind is PageKind.LISTING for capture in view.captures)
    return LegalView(
        number=view.number,
        notice=law.notice,
        civil=act.civil if act else "",
        administrative=act.administrative if act else "",
        act_note=act.note if act else "这类线索没有列入法律依据表，请自行核对。",
        public_interest=own.text(FactKey.PUBLIC_INTEREST),
        public_interest_hints=law.public_interest,
        profit=profit,
        profit_entered=own.text(FactKey.PROFIT),
        suspicion=own.text(FactKey.SUSPICION),
        infringer=infringer or view.seller or view.site,
        infringer_caution=caution,
        infringer_leads=tuple(other.number for other in (view, *others)),
        unconfirmed=unconfirmed,
        extent=together,
        thresholds=thresholds,
        combined=combined,
        clocks=clock_views(law.clocks, own, now, ended=ended, listing=listing),
        rules=tuple(rule for rule in law.rules if _concerns(rule, view.kind, listing)),
        suggestions=_suggestions(view, own, thresholds, combined, profit, act.administrative if act else ""),
        missing=_missing(own, profit, together, act.administrative if act else "", unconfirmed),
    )


def _concerns(rule: Rule, kind: MatchKind, listing: bool) -> bool:
    return {"all": True, "sale": kind is MatchKind.SALE, "text": kind is not MatchKind.SALE, "listing": listing}[
        rule.when
    ]


def _profit(view: LeadView, law: Law) -> tuple[SignView, ...]:
    """The newest capture of each address is looked at; the first place of each sort of sign is named."""
    found: dict[str, SignView] = {}
    newest = {capture.canonical_url or capture.url: capture for capture in view.captures}
    for capture in newest.values():
        if capture.extracted.get("price"):
            said = f"页面标价 {capture.extracted['price']} 元"
            found.setdefault("售价", SignView("售价", said, "price", capture.id))
        places = (("title", capture.title), ("text", capture.text), ("tags", " ".join(_tags(capture.extracted))))
        for sign in law.profit:
            for place, text in places:
                at, phrase = min(((text.find(p), p) for p in sign.phrases if p in text), default=(-1, ""))
                if at >= 0:
                    around = " ".join(text[max(0, at - _CONTEXT) : at + len(phrase) + _CONTEXT].split())
                    found.setdefault(sign.label, SignView(sign.label, f"“{around}”", f"{place}:{at}", capture.id))
    return tuple(found.values())


def _tags(extracted: Mapping[str, object]) -> list[str]:
    tags = extracted.get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, (list, tuple)) else []


def _thresholds(
    law: Law, together: Extent, views: Sequence[LeadView], facts: Mapping[int, Facts]
) -> tuple[ThresholdView, ...]:
    """The figures in force on some day of the span; each beside what had been seen while it was in force."""
    own = facts[views[0].id]
    rows = []
    for row in law.thresholds:
        if not row.holds_within(together.first, together.last):
            continue
        if "二百一十八" in row.article and views[0].kind is not MatchKind.SALE:
            continue
        if row.after_penalty and own.day(FactKey.PENALTY) is None:
            continue
        applies = row.holds_on(together.last)
        rows.append(_threshold(row, together if applies else extent(views, facts, row.valid_to), applies))
    return tuple(rows)


def _threshold(row: Threshold, together: Extent, applies: bool) -> ThresholdView:
    amount = together.of(row.measure)
    reached = None if amount.value is None else amount.value >= row.figure
    # A sum that is “at least” so much and does not reach the figure may still reach it.
    if reached is False and amount.at_least:
        reached = None
    share = float(amount.value / row.figure) if amount.value is not None else None
    unit = row.measure.unit
    until = f"至 {row.valid_to}" if row.valid_to else "起"
    said = f"{row.measure.label}标准 {plain_number(row.figure)} {unit}（{row.valid_from}{until}）"
    if amount.value is None:
        said += "，目前数额未知"
    else:
        state = {True: "已达到", False: "未达到", None: "尚未见达到，实际可能更高"}[reached]
        said += f"，合计 {amount.words(unit)}，为标准的 {share:.0%}，{state}"
    if row.after_penalty:
        said += "；限两年内受过行政处罚后再犯"
    if not applies:
        said += "；只适用于此前的行为，跨越新旧标准的请法制审核机构确定"
    return ThresholdView(
        article=row.article,
        measure=row.measure.label,
        figure=row.figure,
        unit=unit,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        applies=applies,
        after_penalty=row.after_penalty,
        amount=amount,
        reached=reached,
        share=share,
        effect=row.effect,
        source=row.source,
        check=row.check,
        words=said + (f"【{CHECK}】" if row.check else ""),
    )


def _combined(law: Law, together: Extent) -> tuple[str, ...]:
    """The measures that reach half of their figure, where two of them do (“分别达到其中两项以上标准一半以上”)."""
    halves: dict[Measure, str] = {}
    for row in law.thresholds:
        value = together.of(row.measure).value
        if row.half and row.holds_on(together.last) and value is not None and value * 2 >= row.figure:
            halves[row.measure] = (
                f"{row.measure.label} {plain_number(value)}（标准 {plain_number(row.figure)} 的一半以上）"
            )
    return tuple(halves.values()) if len(halves) >= 2 else ()


def _suggestions(
    view: LeadView,
    own: Facts,
    thresholds: Sequence[ThresholdView],
    combined: Sequence[str],
    profit: Sequence[SignView],
    administrative: str,
) -> tuple[str, ...]:
    said = []
    if not administrative:
        said.append("先按民事侵权处理：告知权利人民事途径；不要承诺给予行政处罚。")
    elif own.text(FactKey.PUBLIC_INTEREST):
        said.append("已填公共利益损害情形：可研究是否行政处罚，由办案机构决定。")
    else:
        said.append("未填公共利益损害情形：目前只能按民事侵权看待；有此情形的请填写后再研究行政处罚。")
    crime = [t for t in thresholds if t.article.startswith("刑法") and t.applies and t.reached]
    profitable = bool(profit or own.text(FactKey.PROFIT))
    if crime or combined:
        which = "、".join(dict.fromkeys(t.measure for t in crime)) or "两项各达一半"
        tail = "" if profitable else "；刑法第二百一十七、二百一十八条以营利为目的为要件，尚未见营利迹象"
        said.append(f"同一主体合计的{which}达到刑事追诉数额的参考标准：请核实数额，研究是否移送公安机关{tail}。")
    if own.text(FactKey.SUSPICION):
        said.append("已填合理嫌疑：知识产权领域有合理嫌疑即可移送，不以查实数额为前提，请研究是否移送。")
    for threshold in thresholds:
        if threshold.effect and threshold.applies and threshold.reached and administrative:
            said.append(
                f"{threshold.article}：{threshold.measure}达到标准，{threshold.effect}（以损害公共利益为前提）。"
            )
    if view.kind is MatchKind.SALE:
        said.append("要求卖家出示授权或合法来源；查看有无出版物经营许可证；必要时购样鉴定。")
    return tuple(said)


def _missing(
    own: Facts, profit: Sequence[SignView], together: Extent, administrative: str, unconfirmed: Sequence[str]
) -> tuple[str, ...]:
    said = [f"核查：合计中有 {len(unconfirmed)} 条线索尚未确认"] if unconfirmed else []
    if administrative and not own.text(FactKey.PUBLIC_INTEREST):
        said.append(FactKey.PUBLIC_INTEREST.label)
    if not profit and not own.text(FactKey.PROFIT):
        said.append(f"{FactKey.PROFIT.label}（页面上没有看到售价、会员、广告、打赏）")
    turnover = together.of(Measure.TURNOVER)
    if not turnover.verified:
        why = "现为页面估算，可能含刷单、退货和非侵权商品，" if turnover.value is not None else "页面上算不出，"
        said.append(f"{FactKey.TURNOVER.label}（{why}须以交易记录核实）")
    if not own.text(FactKey.HANDLER):
        said.append(FactKey.HANDLER.label)
    return tuple(said)
