"""HTML lead report: renders one file that opens offline, prints well, and runs nothing that was crawled.

The file holds no script at all; its policy forbids every load. Times are shown in the office's zone (UTC+8).
The same data give the same bytes: the report names the period and the data, never the moment it was made.
Personal data are covered (``patrol.text.masking``, one character for one, so marks stay right) unless asked otherwise.
With more leads than a browser likes in one page the file is the list, and the leads stand in pages beside it
(``paged.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from patrol.clock import Period
from patrol.leads.queries import lead_views
from patrol.leads.statistics import Figures, Tally, figures
from patrol.leads.views import LeadFilter, LeadView, work_names
from patrol.vocabulary import Grade
from reports.charts import Chart, bars, by_day
from reports.layout import Head, Shown, page
from reports.paged import ONE_FILE, replace_report, write_pages
from reports.text import plain

__all__ = ["Period", "charts_of", "plain", "render", "render_lead", "write_report"]

TITLE = "网络版权巡查线索报告"


def render(
    office: str,
    region: str,
    period: Period,
    leads: Sequence[LeadView],
    counted: Figures,
    *,
    masked: bool = True,
    narrowed: str = "",
) -> str:
    """Render the whole report as HTML text. ``narrowed``: the filter of ``leads``, in words, where there is one."""
    return _render(Head(office, region, TITLE, period, masked, narrowed=narrowed), leads, counted)


def render_lead(office: str, region: str, lead: LeadView, *, masked: bool = True, draft: str = "") -> str:
    """Render one lead's comparison, as it goes into an evidence package. ``draft`` stands on every page when given."""
    return _render(Head(office, region, f"{lead.number} 比对报告", None, masked, draft), [lead], None)


def _render(head: Head, leads: Sequence[LeadView], counted: Figures | None) -> str:
    shown = [Shown.of(lead, head.masked) for lead in leads]
    return page(
        "report.html",
        replace(head, names=work_names(leads)),
        figures=counted,
        charts=charts_of(counted) if counted else [],
        total=len(shown),
        graded=[(grade, [s for s in shown if s.lead.grade is grade]) for grade in Grade],
        indexes=sorted({version for s in shown for version in s.indexes}),
    )


def charts_of(counted: Figures) -> list[Chart]:
    """Draw the period's leads by kind of match, by field, and by day; none that has nothing to say."""
    measure = "线索（条）"
    kinds, fields = _drawn(counted.by_kind), _drawn(counted.by_field)
    days = by_day("线索按发现时间", measure, counted.by_day)
    return [
        *([bars("线索按比对结果", ("比对结果", measure), kinds)] if kinds else []),
        *([bars("线索按领域", ("领域", measure), fields)] if fields else []),
        *([days] if days else []),
    ]


def _drawn(rows: Sequence[Tally]) -> list[tuple[str, int]]:
    return [(row.name, row.leads) for row in rows if row.leads]


def write_report(
    session: Session,
    workspace: Path | None,
    office: str,
    region: str,
    period: Period,
    path: Path,
    *,
    masked: bool = True,
    where: LeadFilter | None = None,
    narrowed: str = "",
) -> int:
    """Write the leads of ``period`` (and ``where``, which ``narrowed`` has in words) to ``path`` (replaced whole; with very
    many leads, beside a folder of pages) and return how many leads it shows."""
    head = Head(office, region, TITLE, period, masked, narrowed=narrowed)
    counted = figures(session, period.start, period.end, where)
    if counted.total.leads > ONE_FILE:
        return write_pages(session, workspace, head, counted, charts_of(counted), path, where)
    leads = lead_views(session, workspace, period.start, period.end, where)
    replace_report(path, _render(head, leads, counted))
    return len(leads)
