"""Report writer: makes the files of the kind and form that were asked for, and puts them in their place.

Nothing is half written: each file appears whole under its name or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.orm import Session

from patrol import clock
from patrol.cases.casefile import CaseView, case_view
from patrol.chromium import find_browser
from patrol.complaints.answers import answer_letters, answer_rows
from patrol.complaints.queries import complaint_views
from patrol.config import Workspace
from patrol.db.models import Campaign
from patrol.errors import InputError
from patrol.evidence.custody import record_act, record_unmasking
from patrol.files import replace_file
from patrol.leads.campaigns import campaign_named
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.statistics import figures
from patrol.leads.views import LeadFilter, LeadView
from patrol.notices.content import NoticeKind
from patrol.notices.register import notice_views
from reports import html as lead_report
from reports import tables
from reports.data import Basis, gather, newest
from reports.docx_fill import filled
from reports.html import Period
from reports.kinds import Form, Kind, Material, Needs
from reports.letters import as_drafted, composed
from reports.paged import pages_of
from reports.printing import Print, as_html, printer
from reports.summaries import about

MAX_PAPERS = 500
"""More than this at a time is a mistake of the filter, not a wish."""

MAX_PRINTED = 300
"""Leads with their comparisons in one PDF; a thousand pages are no report."""

MAX_NAMED = 200
"""Bytes of a file's name in UTF-8."""

_MAY_DIFFER = (
    "这台机器的浏览器写 PDF 的方式与程序所知的不同：PDF 照常可用，但数据不变时再出一次，未必逐字节相同。"
    "需要逐字节相同时请用 --form docx"
)

_NO_NAME = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Made:
    """One file: its name, without a folder, and its bytes; ``note`` is for whoever asked for it."""

    name: str
    data: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files are, and what is to be said of them."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """The file, or the folder of several."""
        return self.paths[0] if len(self.paths) == 1 else self.paths[0].parent

    @property
    def pages(self) -> Path | None:
        """The folder beside the file that holds the rest of its pages."""
        return pages_of(self.paths[0].resolve()) if len(self.paths) == 1 else None


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. ``leads`` and ``complaints``: numbers as officers write them; ``to``: whom a letter goes to."""

    kind: Kind
    form: Form
    basis: Basis
    leads: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    to: str = ""


def for_campaign(session: Session, basis: Basis) -> tuple[Basis, Campaign]:
    """Give ``basis`` the campaign's own days where none were given. Raises InputError when there is no such campaign."""
    campaign = campaign_named(session, basis.campaign)
    period = Period(basis.period.since or campaign.starts, basis.period.until or campaign.ends)
    return replace(basis, period=period, campaign=campaign.name), campaign


def make(session: Session, workspace: Workspace, wish: Wish) -> Iterator[Made]:
    """Make the files of ``wish``, one after the other. Raises InputError or ConfigError, in Chinese, with the remedy."""
    kind, form, basis = wish.kind, wish.form, wish.basis
    campaign = None
    if basis.campaign:
        basis, campaign = for_campaign(session, basis)
    with ExitStack() as held:
        pdf = held.enter_context(printer(find_browser(workspace))) if form is Form.PDF else None
        if kind.needs is Needs.PERIOD:
            yield from _of_period(session, replace(wish, basis=basis), campaign, pdf)
            return
        for material, stem in _materials(session, replace(wish, basis=basis)):
            assert kind.fill is not None
            context = kind.fill(material)
            at = material.letter.as_of if material.letter is not None else newest(material.leads)
            for number, template in enumerate(kind.templates, 1):
                paper = filled(f"{template}.docx", own_templates(basis), context, at=at)
                name = f"{stem}.{form}" if len(kind.templates) == 1 else f"{number}{template}_{stem}.{form}"
                yield _made(name, paper, form, template, pdf, at)


def write(made: Sequence[Made], kind: Kind, out: Path | None, reports: Path) -> Written:
    """Put the files in their place. ``out`` names the file where there is one, else a folder; without it they go to
    ``reports``: several of them to a folder of their own. Raises InputError where they cannot be written."""
    if len(made) == 1:
        if out is not None:
            _check_name(out, Path(made[0].name).suffix)
        paths = [out or reports / made[0].name]
    else:
        folder = out or reports / _file_name(
            f"{kind.label}_{made[0].name.rsplit('.', 1)[0].split('_', 1)[-1]}等{len(made)}份"
        )
        if folder.exists() and not folder.is_dir():
            raise InputError(f"要写 {len(made)} 个文件，而 {folder} 不是文件夹。请用 --output 另指定一个文件夹")
        paths = [folder / one.name for one in made]
    for path, one in zip(paths, made, strict=True):
        try:
            replace_file(path, one.data)
        except OSError as error:
            raise _unwritable(path, error) from error
    return Written(tuple(paths), tuple(dict.fromkeys(one.note for one in made if one.note)))


def _check_name(path: Path, suffix: str) -> None:
    """A file's name says what is in it. Raises InputError."""
    if path.is_dir():
        raise InputError(f"{path} 是文件夹。请用 --output 写明文件名")
    if path.suffix.lower() != suffix:
        name = path.stem if path.suffix[1:].isalpha() else path.name
        raise InputError(f"{path.name} 的后缀与所出的格式不符，请写成 {name}{suffix}")


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"写不了 {path}：{error.strerror or error}。请检查位置和空间，或用 --output 另指定")


def issue(session: Session, workspace: Workspace, wish: Wish, out: Path | None, *, by: str, reason: str) -> Written:
    """Enter in the custody record what goes out, then make it and put it in its place (as ``make_files``).

    Raises InputError when personal data are asked for as they are without a reason or a name.
    """
    what = f"{wish.kind.label}（{wish.form.value}）"
    if not wish.basis.masked:
        record_unmasking(workspace, by, reason, what, wish.leads)
    record_act(workspace, "report", what=what, leads=wish.leads, why=reason)
    return make_files(session, workspace, wish, out.expanduser().resolve() if out else None)


def make_files(session: Session, workspace: Workspace, wish: Wish, out: Path | None) -> Written:
    """Make ``wish`` and put its files in their place: ``out``, or the workspace's folder of reports."""
    basis = wish.basis
    if wish.kind.name == "daily" and wish.form is Form.HTML:
        # A page of its own making, and with very many leads several (``html.py``).
        if basis.campaign:
            basis, _ = for_campaign(session, basis)
        path = out or workspace.reports / f"{_page_name(basis)}.html"
        _check_name(path, ".html")
        try:
            lead_report.write_report(
                session, workspace.root, basis.office, basis.region, basis.period, path, masked=basis.masked, where=basis.where,
                narrowed=_narrowed(basis),
            )  # fmt: skip
        except OSError as error:
            raise _unwritable(path, error) from error
        return Written((path,))
    return write(list(make(session, workspace, wish)), wish.kind, out, workspace.reports)


def _page_name(basis: Basis) -> str:
    return _file_name("_".join(filter(None, ("线索报告", _stamp(basis.period), _narrowed(basis)))))


def _narrowed(basis: Basis) -> str:
    """The filter in words; "" where the report has all leads of its period."""
    return basis.filter_words if basis.where != LeadFilter() or basis.campaign else ""


def _of_period(session: Session, wish: Wish, campaign: Campaign | None, pdf: Print | None) -> Iterator[Made]:
    kind, form, basis = wish.kind, wish.form, wish.basis
    # A report of some of the leads never takes the place of the report of all.
    stem = _file_name("_".join(filter(None, (kind.label, _stamp(basis.period), _narrowed(basis)))))
    if kind.name == "daily" and form in (Form.HTML, Form.PDF):
        page, at = _lead_report(session, basis)
        yield _printed(f"{_page_name(basis)}.{form}", page, pdf, at)
        return
    gathered = gather(session, basis, campaign, people=kind.people)
    if form in (Form.XLSX, Form.CSV, Form.JSONL):
        assert kind.grids is not None
        grids = kind.grids(gathered)
        yield from _tables(grids, about(gathered, grids), form, stem, gathered.as_of)
        return
    assert kind.fill is not None
    context = kind.fill(Material(basis, gathered))
    charts = kind.charts(gathered) if kind.charts is not None and form is not Form.DOCX else {}
    for template in kind.templates:
        paper = filled(f"{template}.docx", own_templates(basis), context, at=gathered.as_of)
        yield _made(f"{stem}.{form}", paper, form, template, pdf, gathered.as_of, charts)


def _lead_report(session: Session, basis: Basis) -> tuple[str, datetime | None]:
    since, until = basis.period.start, basis.period.end
    counted = figures(session, since, until, basis.where)
    if counted.total.leads > MAX_PRINTED:
        raise InputError(
            f"期间内符合条件的线索有 {counted.total.leads} 条，带比对的 PDF 最多印 {MAX_PRINTED} 条。"
            "请缩短期间、加筛选条件（如 --grade 甲级），或改用 --form html、docx、xlsx"
        )
    leads = lead_views(session, basis.workspace, since, until, basis.where)
    page = lead_report.render(
        basis.office, basis.region, basis.period, leads, counted, masked=basis.masked, narrowed=_narrowed(basis)
    )
    return page, newest(leads)


def _tables(
    grids: Sequence[tables.Grid], said: tuple[tuple[str, str], ...], form: Form, stem: str, at: datetime | None
) -> Iterator[Made]:
    if form is Form.XLSX:
        yield Made(f"{stem}.xlsx", tables.xlsx(grids, said, at=at))
    elif form is Form.JSONL:
        yield Made(f"{stem}.jsonl", tables.jsonl_bytes(grids, said))
    else:
        # A CSV file has no place to say what it was made from: that stands beside it.
        for grid in grids:
            name = stem if len(grids) == 1 else f"{stem}_{grid.name}"
            yield Made(f"{name}.csv", tables.csv_bytes(grid))
        yield Made(f"{stem}.说明.txt", "".join(f"{name}：{value}\r\n" for name, value in said).encode("utf-8-sig"))


def _materials(session: Session, wish: Wish) -> Iterator[tuple[Material, str]]:
    """Yield what each paper is made of, and its file's name without the suffix."""
    if wish.kind.needs is Needs.COMPLAINTS:
        yield from _answers(session, wish)
    elif wish.kind.notice is not None:
        yield from _letters(session, wish, wish.kind.notice)
    else:
        for group in _groups(wish.kind, _chosen(session, wish)):
            cases = _cases(session, group, wish.basis)
            leads = [case.lead for case in cases]
            yield Material(wish.basis.about(leads), leads=leads, cases=cases), _stem(wish.kind, group)


def _answers(session: Session, wish: Wish) -> Iterator[tuple[Material, str]]:
    kind = wish.kind
    if not wish.complaints:
        raise InputError(f"{kind.label}要写明是哪件投诉，例如 patrol report {kind.name} --complaint 3")
    views = complaint_views(session, numbers=wish.complaints)
    known = {name for view in views for name in (view.number, str(view.id))}
    for number in wish.complaints:
        if number not in known:
            raise InputError(f"没有编号为“{number}”的投诉。可用 patrol complaints list 查看")
    for place, letter in enumerate(answer_letters(answer_rows(views)), 1):
        name = letter.complainant or letter.rows[0].number
        yield Material(wish.basis, answer=letter), _file_name(f"{kind.label}_{place:03d}_{name}")


def _letters(session: Session, wish: Wish, notice: NoticeKind) -> Iterator[tuple[Material, str]]:
    """A lead whose letter was drafted is printed apart, as drafted; the others share letters as they stand now."""
    kind, basis = wish.kind, wish.basis
    leads = _chosen(session, wish)
    views = notice_views(session, lead_ids=[lead.id for lead in leads])
    drafts = {view.lead: view for view in views if view.kind is notice and view.letter is not None}
    for group in _groups(kind, leads, apart=drafts):
        draft = drafts.get(group[0].number)
        if draft is not None:
            letter, number = as_drafted(draft, wish.to), draft.number
        else:
            legal = [case.legal for case in _cases(session, group, basis)] if kind.people else []
            letter, number = composed(notice, group, legal, basis, wish.to), ""
        yield Material(basis, letter=letter, number=number), _stem(kind, group)


def _groups(kind: Kind, leads: Sequence[LeadView], apart: Container[str] = ()) -> list[list[LeadView]]:
    """Return which leads share a paper; those whose number is ``apart`` share none. Raises InputError for very many."""
    group = kind.groups or (lambda leads: [list(leads)])
    groups = [[lead] for lead in leads if lead.number in apart]
    groups += group([lead for lead in leads if lead.number not in apart])
    if len(groups) > MAX_PAPERS:
        raise InputError(f"一次要出 {len(groups)} 份{kind.label}，超过 {MAX_PAPERS} 份。请用 --lead 或筛选条件缩小范围")
    return [group for group in groups if group]


def _cases(session: Session, leads: Sequence[LeadView], basis: Basis) -> list[CaseView]:
    now = clock.now()
    return [case_view(session, lead.number, now, basis.workspace) for lead in leads]


def _stem(kind: Kind, group: Sequence[LeadView]) -> str:
    more = f"等{len(group)}条" if len(group) > 1 else ""
    return _file_name(f"{kind.label}_{group[0].number}{more}")


def _chosen(session: Session, wish: Wish) -> list[LeadView]:
    """The leads that were named, in that order; or those of the filter. Raises InputError where there are none."""
    basis = wish.basis
    if wish.leads:
        return [lead_view(session, basis.workspace, number, texts=False) for number in dict.fromkeys(wish.leads)]
    if basis.where == LeadFilter() and basis.period == Period() and not basis.campaign:
        raise InputError(
            f"{wish.kind.label}要写明是哪条线索，例如 patrol report {wish.kind.name} --lead 案线〔2026〕0001号；"
            "也可以用 --grade、--status、--since 等条件选"
        )
    leads = lead_views(session, basis.workspace, basis.period.start, basis.period.end, basis.where, texts=False)
    if not leads:
        raise InputError(f"没有符合条件的线索（期间：{basis.period.words}；筛选：{basis.filter_words}）")
    return leads


def _made(
    name: str,
    paper: bytes,
    form: Form,
    title: str,
    pdf: Print | None,
    at: datetime | None,
    charts: Mapping[str, Markup] | None = None,
) -> Made:
    """A filled Word file in the form that was asked for."""
    if form is Form.DOCX:
        return Made(name, paper)
    return _printed(name, as_html(paper, title, charts), pdf, at)


def _printed(name: str, page: str, pdf: Print | None, at: datetime | None) -> Made:
    """A page as it is, or printed where there is a printer."""
    if pdf is None:
        return Made(name, page.encode())
    paper = pdf(page, at)
    return Made(name, paper.data, "" if paper.certain else _MAY_DIFFER)


def own_templates(basis: Basis) -> Path | None:
    """Return the office's own folder of Word templates."""
    return basis.workspace / "templates" if basis.workspace is not None else None


def _file_name(text: str) -> str:
    """``text`` as a name that every system takes (at most 255 bytes, with what is put before and after it), and that shows
    what it is: a character that turns the words after it round is written as its code."""
    name = _NO_NAME.sub("_", lead_report.plain(text)).strip("._")
    return name.encode()[:MAX_NAMED].decode(errors="ignore").strip("._") or "报告"


def _stamp(period: Period) -> str:
    if not (period.since or period.until):
        return "全部"
    if period.since == period.until:
        return f"{period.since}"
    return f"{period.since or '开始'}至{period.until or '目前'}"
