"""Report kinds: list what reports there are, what each is called, which forms it comes in, and what it is made of.

A new kind is one row here, one function that says what its template is filled with, and a template.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from patrol.cases.casefile import CaseView
from patrol.complaints.answers import AnswerLetter
from patrol.errors import InputError
from patrol.leads.views import LeadView
from patrol.notices.content import Letter, NoticeKind
from patrol.vocabulary import Labelled
from reports import cases, letters, summaries
from reports.data import Basis, Gathered
from reports.ledger import ledger
from reports.tables import Grid


class Form(Labelled):
    """格式: value is the file's suffix."""

    HTML = "html", "网页"
    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON Lines"


class Needs(Labelled):
    """What a kind is made of."""

    PERIOD = "period", "期间"
    LEADS = "leads", "线索"
    COMPLAINTS = "complaints", "投诉"


PAPER = (Form.DOCX, Form.PDF, Form.HTML)
TABLE = (Form.XLSX, Form.CSV, Form.JSONL)


@dataclass(frozen=True, slots=True)
class Material:
    """All that a paper may be made of; which part is filled depends on the kind. ``number`` is the ``letter``'s, "" for
    one that was not drafted."""

    basis: Basis
    gathered: Gathered | None = None
    leads: Sequence[LeadView] = ()
    cases: Sequence[CaseView] = ()
    answer: AnswerLetter | None = None
    letter: Letter | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One row. ``templates``: the papers that one filling makes, in order; ``groups``: which leads share a paper;
    ``fill``: what the templates are filled with; ``grids``: the tables; ``charts``: drawings on the page
    and in the PDF, by the heading above each; ``people``: who comes back, how platforms answer, and what the law asks of
    a case, is read too;
    ``notice``: the letter whose paper it is. ``name`` is what ``patrol report`` is told."""

    name: str
    label: str
    about: str
    needs: Needs
    forms: tuple[Form, ...]
    templates: tuple[str, ...] = ()
    fill: Callable[[Material], dict[str, Any]] | None = None
    groups: Callable[[Sequence[LeadView]], list[list[LeadView]]] | None = None
    grids: Callable[[Gathered], list[Grid]] | None = None
    people: bool = False
    notice: NoticeKind | None = None
    charts: Callable[[Gathered], dict[str, Markup]] | None = None


def _alone(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    return [[lead] for lead in leads]


def _together(leads: Sequence[LeadView]) -> list[list[LeadView]]:
    return [list(leads)]


def _gathered(material: Material) -> Gathered:
    assert material.gathered is not None
    return material.gathered


def _answer(material: Material) -> AnswerLetter:
    assert material.answer is not None
    return material.answer


def _letter(material: Material) -> Letter:
    assert material.letter is not None
    return material.letter


def _ledger(gathered: Gathered) -> list[Grid]:
    return [ledger(gathered.leads, gathered.basis)]


KINDS: tuple[Kind, ...] = (
    Kind(
        "daily", "巡查日报", "期间内的巡查情况和线索；网页版含比对", Needs.PERIOD,
        (Form.HTML, Form.PDF, Form.DOCX, *TABLE),
        ("巡查日报",), lambda m: summaries.daily(_gathered(m)), grids=_ledger,
    ),
    Kind("ledger", "线索台账", "每条线索一行", Needs.PERIOD, TABLE, grids=_ledger),
    Kind(
        "campaign", "专项行动总结", "上报数据，按领域、平台、部门、月份统计，多条线索的店铺账号，平台处理时效", Needs.PERIOD,
        (*PAPER, *TABLE),
        ("专项行动总结",), lambda m: summaries.campaign(_gathered(m)), grids=summaries.campaign_grids,
        people=True,
        charts=summaries.campaign_charts,
    ),
    Kind(
        "publicity", "宣传材料", "可公开的成效和案例，不含店铺、个人和网址", Needs.PERIOD, PAPER,
        ("宣传材料",), lambda m: summaries.publicity(_gathered(m)),
    ),
    Kind(
        "dossier", "案件线索登记表", "一条线索一份：登记、比对、证据清单、签名", Needs.LEADS, PAPER,
        ("案件线索登记表",), lambda m: cases.dossier(m.cases[0], m.basis), _alone, people=True,
    ),
    Kind(
        "referral", "移送材料", "移送公安机关的五种材料和回执，可含多条线索", Needs.LEADS, PAPER,
        ("移送书", "调查报告", "涉案物品清单", "检验报告或鉴定结论", "其他材料目录", "移送书回执"),
        lambda m: cases.referral(m.cases, m.basis), _together, people=True,
    ),
    Kind(
        "notice", "权利人通知", "由权利人签发，要求平台删除或断开链接", Needs.LEADS, PAPER,
        ("权利人通知",), lambda m: letters.holder_notice(_letter(m), m.number, m.basis), letters.by_platform_and_holder,
        notice=NoticeKind.HOLDER,
    ),
    Kind(
        "rectify", "责令改正通知书", "由本单位签发，每个平台一份", Needs.LEADS, PAPER,
        ("责令改正通知书",), lambda m: letters.rectify(_letter(m), m.number, m.basis), letters.by_platform,
        people=True, notice=NoticeKind.RECTIFY,
    ),
    Kind(
        "assist", "协助调查函", "向平台调取账号、交易资料，每个平台一份", Needs.LEADS, PAPER,
        ("协助调查函",), lambda m: letters.assist(_letter(m), m.number, m.basis), letters.by_platform,
        notice=NoticeKind.ASSIST,
    ),
    Kind(
        "answer", "投诉举报答复书", "每个投诉人一份，含所写明的各件投诉", Needs.COMPLAINTS, PAPER,
        ("投诉举报答复书",), lambda m: letters.answer(_answer(m), m.basis),
    ),
)  # fmt: skip


def kind_named(text: str) -> Kind:
    """Find the kind whose name or Chinese label is ``text``. Raises InputError, with all that there are."""
    wanted = text.strip()
    for kind in KINDS:
        if wanted in (kind.name, kind.label):
            return kind
    names = "、".join(f"{kind.name}（{kind.label}）" for kind in KINDS)
    raise InputError(
        f"没有“{wanted}”这种报告。可选：{names}。远程取证记录随证据包导出：patrol evidence export 线索编号"
    )


def kind_of_notice(notice: NoticeKind) -> Kind:
    """Find the kind that prints a notice."""
    return next(kind for kind in KINDS if kind.notice is notice)


def form_named(kind: Kind, text: str, output: Path | None = None) -> Form:
    """Find the form of ``kind`` that ``text`` names, its first where that is "". Raises InputError.

    Raises InputError for a form that the kind has not, or where the two contradict each other.
    """
    suffix = output.suffix.lower().removeprefix(".") if output is not None else ""
    written = next((form for form in Form if form.value == suffix), None)
    try:
        form = Form.parse(text.lower() if text.isascii() else text) if text else written or kind.forms[0]
    except ValueError as error:
        raise InputError(f"--form：{error}") from error
    if form not in kind.forms:
        raise InputError(f"{kind.label}没有 {form.value} 这种格式。可选：{'、'.join(f.value for f in kind.forms)}")
    if output is not None and written not in (None, form):
        raise InputError(f"--output 写的是 {output.name}，--form 写的是 {form.value}，二者不符，请去掉一个或改成一致")
    return form
