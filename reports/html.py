"""The lead report as one HTML file that opens offline, prints well, and runs nothing that was crawled.

The file holds no script at all; its policy forbids every load. Times are shown in the office's zone (UTC+8).
The same data give the same bytes: the report names the period and the data, never the moment it was made.
Personal data are covered (``patrol.masking``, one character for one, so marks stay right) unless asked otherwise.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from sqlalchemy.orm import Session

from patrol import __version__
from patrol.leads.compare import Comparison, Segment, compare
from patrol.leads.queries import lead_views, period_figures
from patrol.leads.views import LeadView, PeriodFigures
from patrol.masking import mask
from patrol.nouns import Grade

BEIJING = timezone(timedelta(hours=8), "北京时间")
_BREAKING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Period:
    """What a report covers: days as the officer named them, both inclusive; None is open."""

    since: date | None = None
    until: date | None = None

    @property
    def start(self) -> datetime | None:
        return datetime.combine(self.since, datetime.min.time(), BEIJING) if self.since else None

    @property
    def end(self) -> datetime | None:
        if self.until is None:
            return None
        return datetime.combine(self.until, datetime.min.time(), BEIJING) + timedelta(days=1)

    @property
    def words(self) -> str:
        if not (self.since or self.until):
            return "全部记录"
        first = f"{self.since:%Y年%-m月%-d日}" if self.since else "开始使用"
        last = f"{self.until:%Y年%-m月%-d日}" if self.until else "目前"
        return f"{first}至{last}"


def plain(text: object) -> str:
    """``text`` with every control, format and direction-changing character shown as its code, so that nothing
    crawled can reorder or hide what an officer reads. Line ends and tabs stay."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _BREAKING else f"⟨{ord(c):04X}⟩" for c in str(text)
    )


def moment(value: datetime) -> str:
    return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def _per_cent(value: float) -> str:
    return f"{min(value, 0.999):.1%}" if value >= 0.99 else f"{value:.0%}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@pass_context
def _said(context: Context, text: object) -> str:
    """What was crawled, as it may be read: ``plain``, and covered where the report is to be."""
    return plain(mask(str(text))) if context["masked"] else plain(text)


_templates.filters.update(said=_said, plain=plain, moment=moment, per_cent=_per_cent, signed=_signed)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A lead with its comparisons, one per match, as the template walks them."""

    lead: LeadView
    comparisons: tuple[Comparison, ...]


def render(
    office: str,
    region: str,
    period: Period,
    leads: Sequence[LeadView],
    figures: PeriodFigures,
    *,
    masked: bool = True,
) -> str:
    """The whole report as HTML text."""
    return _render(office, region, leads, title="网络版权巡查线索报告", period=period, figures=figures, masked=masked)


def render_lead(office: str, region: str, lead: LeadView, *, masked: bool = True, draft: str = "") -> str:
    """One lead's comparison, as it goes into an evidence package. ``draft`` stands on every page when given."""
    return _render(office, region, [lead], title=f"{lead.number} 比对报告", masked=masked, draft=draft)


def _render(
    office: str,
    region: str,
    leads: Sequence[LeadView],
    *,
    title: str,
    period: Period | None = None,
    figures: PeriodFigures | None = None,
    masked: bool,
    draft: str = "",
) -> str:
    shown = [_Shown(lead, _comparisons(lead, masked)) for lead in leads]
    graded = [(grade, [s for s in shown if s.lead.grade is grade]) for grade in Grade]
    body = _templates.get_template("report.html").render(
        title=title,
        draft=draft,
        masked=masked,
        office=office,
        region=region,
        period=period,
        figures=figures,
        graded=graded,
        total=len(shown),
        version=__version__,
        indexes=sorted({m.index_version for s in shown for m in s.lead.matches if m.index_version}),
        style=(Path(__file__).with_name("templates") / "report.css").read_text(encoding="utf-8"),
        digest="@@DIGEST@@",
    )
    return body.replace("@@DIGEST@@", hashlib.sha256(body.encode()).hexdigest())


def _comparisons(lead: LeadView, masked: bool) -> tuple[Comparison, ...]:
    compared = tuple(compare(match) for match in lead.matches)
    return tuple(map(_covered, compared)) if masked else compared


def _covered(compared: Comparison) -> Comparison:
    """The comparison with both texts covered. It was made from the texts as they are, and the mask is over the whole
    text: a number that a mark or a passage's end divides is known all the same."""
    match = compared.match
    page, work = mask(match.page_text), mask(match.work_text)
    pairs = tuple(
        replace(
            pair,
            page=_recut(pair.page, page[pair.passage.page_start : pair.passage.page_end]),
            work=_recut(pair.work, work[pair.passage.work_start : pair.passage.work_end]),
        )
        for pair in compared.pairs
    )
    return replace(compared, pairs=pairs)


def _recut(segments: tuple[Segment, ...], text: str) -> tuple[Segment, ...]:
    """The same segments with their characters from ``text``, which is as long as they are together."""
    cut, at = [], 0
    for segment in segments:
        if segment.mark == "gap":
            cut.append(segment)
            at += int(segment.text)
            continue
        cut.append(replace(segment, text=text[at : at + len(segment.text)]))
        at += len(segment.text)
    return tuple(cut)


def write_report(session: Session, office: str, region: str, period: Period, path: Path, *, masked: bool = True) -> int:
    """Render the leads of ``period`` into ``path`` (replaced whole) and return how many leads it shows."""
    leads = lead_views(session, period.start, period.end)
    html = render(office, region, period, leads, period_figures(session, period.start, period.end), masked=masked)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(html, encoding="utf-8")
    unfinished.replace(path)
    return len(leads)
