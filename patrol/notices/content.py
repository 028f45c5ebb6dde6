"""Notice content: composes what a letter says and who signs it, frozen when it is drafted. Pure; reports make the paper.

The notice is the right holder's (信息网络传播权保护条例, art. 14); the office's own letters are the order to correct and
the request for assistance. A blank stands for what nobody has told; it is filled by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from patrol import clock
from patrol.leads.views import LeadView
from patrol.tables.policy import read_table
from patrol.vocabulary import Labelled, PageState

BLANK = "——"


class NoticeKind(Labelled):
    HOLDER = "holder", "权利人通知"
    RECTIFY = "rectify", "责令改正"
    ASSIST = "assist", "协助调查函"


class NoticeAct(Labelled):
    """What can happen to a notice."""

    DRAFTED = "drafted", "起草"
    SENT = "sent", "发出"
    REMOVED = "removed", "看到下架"
    STAYED = "stayed", "到期仍在"
    ALTERED = "altered", "页面仍在，内容已变"
    RELAPSED = "relapsed", "再次出现"
    COUNTER = "counter", "收到反通知（不侵权声明）"
    RESTORED = "restored", "依反通知恢复"
    ANSWERED = "answered", "平台答复"
    PUBLISHED = "published", "平台公示处理结果"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LetterRow(_Row):
    """One kind of letter. ``takedown``: asks for removal, so that its pages are watched."""

    prefix: str
    signer: str
    by_office: bool
    takedown: bool
    basis: tuple[str, ...]
    demand: tuple[str, ...]


class PlatformRule(_Row):
    notices: int
    removal_share: float


class Letters(_Row):
    patience_days: float
    platform: PlatformRule
    kinds: Mapping[Annotated[NoticeKind, BeforeValidator(lambda v: NoticeKind.parse(str(v)))], LetterRow]

    @classmethod
    def load(cls, workspace: Path | None = None) -> Letters:
        table: Letters = read_table("notices", cls, workspace)
        return table


@dataclass(frozen=True, slots=True)
class Item:
    """One of the three things a notice must hold; ``value`` is ``BLANK`` where it is not known."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class NoticePage:
    url: str
    title: str
    account: str
    first_seen: str
    last_seen: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A capture as first proof: when, where, and the SHA-256 of its record."""

    capture_id: int
    at: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The contents as drafted; times are Beijing's, in words. ``items``: the three of art. 14, in their order."""

    kind: NoticeKind
    signer: str
    by_office: bool
    recipient: str
    office: str
    region: str
    lead: str
    finding: str
    work: str
    authors: str
    holder: str
    registration: str
    items: tuple[Item, ...]
    pages: tuple[NoticePage, ...]
    proofs: tuple[Proof, ...]
    basis: tuple[str, ...]
    demand: tuple[str, ...]
    officers: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def blanks(self) -> tuple[str, ...]:
        """What has still to be filled in before it may go out."""
        named = [(item.label, item.value) for item in self.items]
        named += [("收件平台", self.recipient), ("权利人", self.holder), ("作品", self.work)]
        missing = [label for label, value in named if BLANK in value or not value]
        if self.by_office and len(self.officers) < 2:
            missing.append("两名执法人员")
        return tuple(dict.fromkeys(missing))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Letter:
        shapes: dict[str, type[Any]] = {"items": Item, "pages": NoticePage, "proofs": Proof}
        values: dict[str, Any] = {}
        for name, value in raw.items():
            if name in shapes:
                value = tuple(shapes[name](**row) for row in value)
            values[name] = tuple(value) if isinstance(value, list) else value
        values["kind"] = NoticeKind(values["kind"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Sender:
    """What the drafter knows beside the lead. Empty texts become blanks."""

    office: str
    region: str = ""
    recipient: str = ""
    officers: tuple[str, ...] = ()
    holder_contact: str = ""
    holder_address: str = ""


def compose(view: LeadView, kind: NoticeKind, row: LetterRow, sender: Sender, civil_only: bool) -> Letter:
    """Compose the letter about this lead. ``civil_only``: its act is only art. 52's, which an order to correct should
    heed."""
    work = view.work
    title = f"《{work.title}》" if work is not None else BLANK
    holder = (work.holder if work is not None else "") or BLANK
    pages = _pages(view)
    proofs = tuple(
        Proof(c.id, clock.show_second(c.fetched_at), c.url, c.record_sha256)
        for c in view.captures
        if c.state is PageState.PRESENT
    )
    registration = (work.registration if work is not None else "") or ""
    right = f"作品登记 {registration}" if registration else f"署名页或登记证书（{BLANK}）"
    items = (
        Item("权利人姓名（名称）、联系方式和地址", "；".join((holder, sender.holder_contact or BLANK, sender.holder_address or BLANK))),
        Item("要求删除的作品名称和网络地址", f"{title}：{'、'.join(page.url for page in pages) or BLANK}"),
        Item("构成侵权的初步证明材料", f"{right}；比对情况：{_finding(view)}；取证快照 {len(proofs)} 份，见清单"),
    )  # fmt: skip
    return Letter(
        kind=kind,
        signer=row.signer,
        by_office=row.by_office,
        recipient=sender.recipient or BLANK,
        office=sender.office,
        region=sender.region,
        lead=view.number,
        finding=_finding(view),
        work=title,
        authors="、".join(work.authors) if work is not None else "",
        holder=holder,
        registration=registration,
        items=items,
        pages=pages,
        proofs=proofs,
        basis=row.basis,
        demand=row.demand,
        officers=sender.officers,
        cautions=_cautions(view, kind, civil_only),
    )


def _pages(view: LeadView) -> tuple[NoticePage, ...]:
    seen: dict[str, list[Any]] = {}
    for capture in view.captures:
        if capture.state is PageState.PRESENT:
            seen.setdefault(capture.canonical_url or capture.url, []).append(capture)
    return tuple(
        NoticePage(
            url=captures[-1].url,
            title=captures[-1].title,
            account=str(captures[-1].extracted.get("seller") or view.seller),
            first_seen=clock.show_second(captures[0].fetched_at),
            last_seen=clock.show_second(captures[-1].fetched_at),
        )
        for captures in seen.values()
    )


def _finding(view: LeadView) -> str:
    return f"{view.kind.label}；{view.signals[0].words}" if view.signals else view.kind.label


def _cautions(view: LeadView, kind: NoticeKind, civil_only: bool) -> tuple[str, ...]:
    said: list[str] = []
    if kind is NoticeKind.RECTIFY and civil_only:
        said.append(
            f"{view.kind.label}通常先按民事侵权处理，责令改正须另有著作权法第五十三条的行为并损害公共利益，请先核对"
        )
    if kind is NoticeKind.HOLDER:
        said.append("通知由权利人签署并发出，版权主管部门只协助准备")
    return tuple(said)


def joined(names: Sequence[str]) -> tuple[str, ...]:
    """Split names as people write them in one option: 张三、李四 or 张三,李四."""
    return tuple(
        part.strip() for name in names for part in name.replace("、", ",").replace("，", ",").split(",") if part.strip()
    )
