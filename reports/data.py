"""Report data: gathers the leads of a period and filter, and what a paper says about where it comes from.

Read once (``gather``), used by all forms: so the numbers are the same in Word, PDF, Excel, CSV and JSON Lines.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from patrol import __version__, clock
from patrol.cases.infringers import InfringerView, infringers
from patrol.cases.ties import Ties
from patrol.config import Workspace
from patrol.db.models import Campaign
from patrol.directory import SiteFile, find_sites
from patrol.leads.queries import each_lead_view
from patrol.leads.statistics import Figure, Figures, figures, summary_columns
from patrol.leads.views import LeadFilter, LeadView, work_names
from patrol.notices.platforms import PlatformView, platforms
from patrol.text.masking import mask, mask_title
from patrol.vocabulary import Labelled
from reports.html import Period, plain

UNKNOWN = "——"
"""Stands where the program knows nothing and a person fills in."""

_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")

MAX_TITLE = 120
MAX_WORDS = 600
MAX_ADDRESS = 1000


@dataclass(frozen=True, slots=True)
class Basis:
    """Whose report it is and what it covers. ``platforms``: what officers call a site, by its folder's name;
    ``workspace``: where the office's own tables and templates are; ``names``: of works, which are never covered."""

    office: str
    region: str
    period: Period = field(default_factory=Period)
    where: LeadFilter = field(default_factory=LeadFilter)
    campaign: str = ""
    masked: bool = True
    platforms: Mapping[str, str] | None = None
    workspace: Path | None = None
    names: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The region as it stands before the office's name."""
        return region_before(self.region, self.office)

    def about(self, leads: Iterable[LeadView]) -> Basis:
        """Return the same, knowing the names of these leads' works."""
        return replace(self, names=work_names(leads))

    def said(self, text: object) -> str:
        """Show what was crawled or written by a stranger as it may be read: hidden characters by their codes, personal
        data covered where the report is to be."""
        return plain(mask(str(text), self.names)) if self.masked else plain(text)

    def short(self, text: object, most: int = MAX_TITLE) -> str:
        return _on_one_line(self.said(text), most)

    def title(self, text: str, most: int | None = MAX_TITLE) -> str:
        """Show a page's own title, in which nothing is an address; None: whole."""
        return _on_one_line(plain(mask_title(text, self.names)) if self.masked else plain(text), most)

    def work(self, text: str, most: int | None = MAX_TITLE) -> str:
        """Show a work's name, in which nothing is covered; None: whole."""
        return _on_one_line(plain(text), most)

    def lines(self, text: object, most: int = MAX_WORDS) -> str:
        """Show as ``said`` does, cut where it is endless, and that is said."""
        said = self.said(text).strip()
        return said if len(said) <= most else f"{said[:most]}……（共 {len(said)} 字）"

    def address(self, url: str) -> str:
        """Show an address exactly, or it cannot be found again; a page that was brought in a file may have none."""
        if url.startswith("urn:import:"):
            return "未载明（见导入材料）"
        shown = plain(url)
        return shown if len(shown) <= MAX_ADDRESS else f"{shown[:MAX_ADDRESS]}……（共 {len(shown)} 字）"

    def platform(self, site: str) -> str:
        return (self.platforms or {}).get(site, site)

    @property
    def filter_words(self) -> str:
        where = self.where
        named: list[tuple[str, Iterable[Labelled | str]]] = [
            ("等级", where.grades),
            ("比对结果", where.kinds),
            ("领域", where.fields),
            ("状态", where.statuses),
            ("平台", [self.platform(site) for site in where.sites]),
            ("作品", where.works),
            ("线索", where.numbers),
        ]
        said = [
            f"{name} {'、'.join(value.label if isinstance(value, Labelled) else value for value in values)}"
            for name, values in named
            if values
        ]
        if self.campaign:
            said.insert(0, f"专项行动 {self.campaign}")
        return "；".join(said) or "无"


def region_before(region: str, office: str) -> str:
    """Return the region without what the office's name has of it, so that nothing is written twice: of “某省某市甲县” and
    “甲县版权局” it is “某省某市”."""
    bare = _BRACKETS.sub("", region).strip()
    if bare in office:
        return ""
    said = next((length for length in range(len(bare), 1, -1) if office.startswith(bare[-length:])), 0)
    return bare[: len(bare) - said] if said else region


def _on_one_line(text: str, most: int | None) -> str:
    line = " ".join(text.split())
    return line if most is None or len(line) <= most else line[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The leads of a report and their figures, all of which hold to the filter. ``columns``: what is asked for upward,
    with what people entered. ``repeaters`` (infringers with two or more of the
    leads) and ``responses`` only where they were wanted."""

    basis: Basis
    leads: tuple[LeadView, ...]
    figures: Figures
    columns: tuple[Figure, ...]
    campaign: Campaign | None = None
    repeaters: tuple[InfringerView, ...] = ()
    responses: tuple[PlatformView, ...] = ()

    @property
    def as_of(self) -> datetime | None:
        return newest(self.leads)


def basis(workspace: Workspace, period: Period, where: LeadFilter, *, campaign: str = "", masked: bool = True) -> Basis:
    sites = find_sites(workspace.site_folders)
    names = {name: site.name for name, site in sites.items() if isinstance(site, SiteFile)}
    office = workspace.config.office
    return Basis(office.name, office.region, period, where, campaign, masked, names, workspace.root)


def gather(session: Session, basis: Basis, campaign: Campaign | None = None, *, people: bool = False) -> Gathered:
    """Read what ``basis`` covers: leads without texts, best first, and the period's figures. ``people``: who comes back
    and how platforms answer, too."""
    since, until = basis.period.start, basis.period.end
    leads = tuple(each_lead_view(session, basis.workspace, since, until, basis.where, texts=False))
    counted = figures(session, since, until, basis.where)
    repeaters: tuple[InfringerView, ...] = ()
    responses: tuple[PlatformView, ...] = ()
    if people:
        found = infringers(session, Ties.load(basis.workspace), since, until, {lead.number for lead in leads})
        repeaters = tuple(person for person in found if len(person.leads) > 1)
        # As of the newest moment in the data, so that the same data make the same report.
        now = newest(leads) or until or clock.now()
        sites = {lead.site for lead in leads}
        answers = platforms(session, now, basis.workspace, since, until)
        responses = tuple(answer for answer in answers if basis.where == LeadFilter() or answer.site in sites)
    return Gathered(
        basis=basis.about(leads),
        leads=leads,
        figures=counted,
        columns=summary_columns(session, counted, campaign),
        campaign=campaign,
        repeaters=repeaters,
        responses=responses,
    )


def newest(leads: Sequence[LeadView]) -> datetime | None:
    """Return the newest moment in the data: found, captured or written in a journal."""
    moments = [lead.found_at for lead in leads]
    moments += [capture.fetched_at for lead in leads for capture in lead.captures]
    moments += [event.at for lead in leads for event in lead.events]
    return max(moments, default=None)


def indexes(leads: Sequence[LeadView]) -> tuple[str, ...]:
    return tuple(sorted({m.index_version for lead in leads for m in lead.matches if m.index_version}))


def digest(content: Any) -> str:
    """Digest what a report says (SHA-256, in hex): the same words and numbers give the same digest in every form."""
    said = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def origin(basis: Basis, versions: Sequence[str], content: Any) -> tuple[tuple[str, str], ...]:
    """Return what a report says about itself, as rows: period, filter, versions, and the digest of ``content``."""
    return (
        ("统计期间", basis.period.words),
        ("筛选条件", basis.filter_words),
        ("个人信息", "已遮盖" if basis.masked else "未遮盖（已登记）"),
        ("程序版本", __version__),
        ("比对库版本", "、".join(versions) or UNKNOWN),
        ("数据摘要（SHA-256）", digest(content)),
    )


def colophon(basis: Basis, versions: Sequence[str], content: Any) -> str:
    rows = origin(basis, versions, content)
    return "本文书由网络版权巡查程序拟制。" + "；".join(f"{name}：{value}" for name, value in rows) + "。"


def moment(at: datetime | None) -> str:
    return clock.show_second(at) if at else UNKNOWN


def spoken(at: datetime | None) -> str:
    """Write a moment as a sentence has it; nothing in it lets a line end within the date."""
    return clock.write_second(at) if at else UNKNOWN


def day(at: datetime | None) -> str:
    return clock.write_day(at) if at else UNKNOWN
