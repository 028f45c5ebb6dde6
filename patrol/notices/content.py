"""Notice content: composes what a letter says and who signs it, frozen when it is drafted. Pure; reports make the paper.

The notice is the right holder's (信息网络传播权保护条例, art. 14); the office's own letters are the order to correct and
the request for assistance. A blank stands for what nobody has told; it is filled by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from patrol.cases.assessment import LegalView
from patrol.config import Office
from patrol.leads.views import CaptureView, ImportView, LeadView
from patrol.tables.table import Row, Table, member
from patrol.vocabulary import Labelled, PageKind, PageState

BLANK = "——"
MAX_SIGNALS = 3
"""Signs that a letter names where no text was compared."""


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

    @classmethod
    def parse(cls, text: str) -> NoticeAct:
        """Parse as every list of words does; the short names that officers use are known too."""
        try:
            return _SHORT_NAMES.get(text.strip()) or super().parse(text)
        except ValueError as error:
            raise ValueError(f"{error}。也可简写为：{'、'.join(_SHORT_NAMES)}") from None


_SHORT_NAMES = {
    "反通知": NoticeAct.COUNTER,
    "不侵权声明": NoticeAct.COUNTER,
    "恢复": NoticeAct.RESTORED,
    "答复": NoticeAct.ANSWERED,
    "公示": NoticeAct.PUBLISHED,
    "下架": NoticeAct.REMOVED,
}


class LetterRow(Row):
    """One kind of letter. ``takedown``: asks for removal, so that its pages are watched."""

    prefix: str = Field(title="字号", description="编号前的字，例如 权通〔2026〕0001号 的“权通”")
    signer: str = Field(title="签署", description="由谁签署，印在文书上")
    by_office: bool = Field(title="本单位发出", description="true：本单位盖章，须有两名执法人员")
    takedown: bool = Field(
        title="要求下架", description="true：发出后线索记为“已通知”，每天去看页面是否下架，并计入平台下架情况"
    )
    basis: tuple[str, ...] = Field(title="依据", description="法规和条款")
    demand: tuple[str, ...] = Field(title="要求", description="每行一句，印在文书上")


class PlatformRule(Row):
    notices: int = Field(title="至少几份", description="一个平台至少收到几份通知才提示")
    removal_share: float = Field(title="下架比例", description="下架比例低于多少时提示“不配合下架”（0 到 1）")


class Letters(Row):
    patience_days: float = Field(title="几天", description="通知发出几天后页面仍在，记为“未下架”")
    platform: PlatformRule = Field(title="平台提示", description="何时提示平台不配合")
    kinds: Mapping[Annotated[NoticeKind, member(NoticeKind)], LetterRow] = Field(
        title="文书", description="每一种通知或函件（权利人通知、责令改正、协助调查函）"
    )

    @classmethod
    def load(cls, workspace: Path | None) -> Letters:
        """Read the workspace's own table, else the one shipped. Raises ConfigError naming file, line and key."""
        return NOTICES.read(workspace)


NOTICES: Table[Letters] = Table(
    "notices",
    "通知与函件表",
    "通知与函件由谁签署、依据、要求，几天不下架算“未下架”。程序只备好内容，由签署人核对、签字或盖章后发出。",
    Letters,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the three things a notice must hold; ``value`` has a ``BLANK`` where something is not known."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page that a letter is about, as it was last seen there."""

    url: str
    title: str
    account: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class LetterLead:
    """What a letter says of one lead. ``work``: the title, "" for none; ``finding``: the comparison in a sentence, else
    what speaks for an infringement; ``found_at``: first found."""

    number: str
    work: str
    registration: str
    account: str
    account_url: str
    finding: str
    found_at: datetime
    pages: tuple[NoticePage, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A capture as first proof; fields are those of ``CaptureView``."""

    id: int
    title: str
    url: str
    fetched_at: datetime
    state: PageState
    warc_path: str
    warc_offset: int
    warc_length: int
    payload_sha256: str
    record_sha256: str
    imported: ImportView | None


@dataclass(frozen=True, slots=True)
class Letter:
    """The contents of a letter as composed: all that its paper says, so that it can be printed the same at any time.

    "" stands for what nobody told. ``legal_notes`` and ``topics`` (of ``tables/references.yaml``) are for whoever signs;
    ``indexes``: versions of the library that its comparisons used; ``as_of``: the newest moment in its data;
    ``takedown``: it asks for removal, so that its pages are watched.
    """

    kind: NoticeKind
    signer: str
    by_office: bool
    recipient: str
    office: str
    region: str
    leads: tuple[LetterLead, ...]
    holder: str
    holder_contact: str
    holder_address: str
    proofs: tuple[Proof, ...]
    basis: tuple[str, ...]
    demand: tuple[str, ...]
    officers: tuple[str, ...]
    public_interest: str
    cautions: tuple[str, ...]
    legal_notes: tuple[str, ...]
    topics: tuple[str, ...]
    indexes: tuple[str, ...]
    as_of: datetime
    takedown: bool

    @property
    def pages(self) -> tuple[NoticePage, ...]:
        return tuple(page for lead in self.leads for page in lead.pages)

    @property
    def works(self) -> str:
        """The titles, each once."""
        return "、".join(dict.fromkeys(f"《{lead.work}》" for lead in self.leads if lead.work)) or BLANK

    @property
    def items(self) -> tuple[Item, Item, Item]:
        """The three things of art. 14 in their order; of the office's own letters, what stands for them there."""
        notice = self.kind is NoticeKind.HOLDER
        holder = (self.holder, self.holder_contact, self.holder_address) if notice else (self.holder,)
        wanted = "涉及" if self.kind is NoticeKind.ASSIST else "要求删除"
        numbers = "、".join(dict.fromkeys(lead.registration for lead in self.leads if lead.registration))
        right = f"作品登记 {numbers}" if numbers else f"署名页或登记证书（{BLANK}）"
        found = "；".join(dict.fromkeys(lead.finding for lead in self.leads))
        return (
            Item(
                "权利人姓名（名称）、联系方式和地址" if notice else "权利人",
                "；".join(said or BLANK for said in holder),
            ),
            Item(
                f"{wanted}的作品名称和网络地址", f"{self.works}：{'、'.join(page.url for page in self.pages) or BLANK}"
            ),
            Item(
                "构成侵权的初步证明材料" if notice else "比对情况和取证快照",
                f"{right}；比对情况：{found}；取证快照 {len(self.proofs)} 份，见清单",
            ),
        )

    @property
    def blanks(self) -> tuple[str, ...]:
        """What has still to be filled in before it may go out."""
        needs = [(item.label, item.value) for item in self.items if self.kind is NoticeKind.HOLDER]
        needs += [("收件平台", self.recipient), ("权利人", self.holder), ("作品", self.works)]
        if self.kind is NoticeKind.RECTIFY:
            needs.append(("公共利益损害情形", self.public_interest))
        missing = [label for label, value in needs if BLANK in value or not value]
        if self.by_office and len(self.officers) < 2:
            missing.append("两名执法人员")
        return tuple(dict.fromkeys(missing))

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = TypeAdapter(Letter).dump_python(self, mode="json")
        return said

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Letter:
        takedown = takes_down(NoticeKind(raw["kind"]), raw)
        return TypeAdapter(Letter).validate_python({"takedown": takedown, **raw})


def takes_down(kind: NoticeKind, content: Mapping[str, Any] | None) -> bool:
    """Tell whether a letter asks for removal, as it was drafted. Older ones do not say; there its kind tells."""
    return bool((content or {}).get("takedown", kind is not NoticeKind.ASSIST))


@dataclass(frozen=True, slots=True)
class Sender:
    """What the drafter knows beside the leads. Empty texts become blanks."""

    office: str
    region: str = ""
    recipient: str = ""
    officers: tuple[str, ...] = ()
    holder_contact: str = ""
    holder_address: str = ""

    @classmethod
    def of(
        cls, office: Office, *, to: str, officers: Sequence[str], holder_contact: str, holder_address: str
    ) -> Sender:
        """Make the sender of the office of ``patrol.toml``; ``officers``: names, several in one text too."""
        return cls(office.name, office.region, to, joined(officers), holder_contact, holder_address)


def compose(
    leads: Sequence[LeadView], kind: NoticeKind, row: LetterRow, sender: Sender, legal: Sequence[LegalView] = ()
) -> Letter:
    """Compose the letter about these leads. ``legal``: what the law asks of them, for an order to correct."""
    captures = {capture.id: capture for lead in leads for capture in lead.captures}
    present = [capture for capture in captures.values() if capture.state is PageState.PRESENT]
    moments = [lead.found_at for lead in leads] + [capture.fetched_at for capture in captures.values()]
    return Letter(
        kind=kind,
        signer=row.signer,
        by_office=row.by_office,
        recipient=sender.recipient or BLANK,
        office=sender.office,
        region=sender.region,
        leads=tuple(_lead(lead) for lead in leads),
        holder=next((lead.work.holder for lead in leads if lead.work is not None), ""),
        holder_contact=sender.holder_contact,
        holder_address=sender.holder_address,
        proofs=tuple(map(_proof, sorted(present, key=lambda capture: (capture.fetched_at, capture.id)))),
        basis=row.basis,
        demand=row.demand,
        officers=sender.officers,
        public_interest="；".join(dict.fromkeys(law.public_interest for law in legal if law.public_interest)),
        cautions=_cautions(leads, kind, legal),
        legal_notes=tuple(f"{law.number}：{law.nature}。尚缺：{'；'.join(law.missing) or '无'}。" for law in legal),
        topics=_topics(leads, kind),
        indexes=tuple(sorted({match.index_version for lead in leads for match in lead.matches if match.index_version})),
        as_of=max(moments),
        takedown=row.takedown,
    )


def _lead(lead: LeadView) -> LetterLead:
    seen: dict[str, list[CaptureView]] = {}
    for capture in lead.captures:
        if capture.state is PageState.PRESENT:
            seen.setdefault(capture.canonical_url or capture.url, []).append(capture)
    return LetterLead(
        number=lead.number,
        work=lead.work.title if lead.work is not None else "",
        registration=lead.work.registration if lead.work is not None else "",
        account=lead.seller,
        account_url=lead.seller_url,
        finding=lead.comparison or "；".join([lead.kind.label, *(s.words for s in lead.signals[:MAX_SIGNALS])]),
        found_at=lead.found_at,
        pages=tuple(
            NoticePage(
                url=captures[-1].url,
                title=captures[-1].title,
                account=str(captures[-1].extracted.get("seller") or lead.seller),
                first_seen=captures[0].fetched_at,
                last_seen=captures[-1].fetched_at,
            )
            for captures in seen.values()
        ),
    )


def _proof(capture: CaptureView) -> Proof:
    return Proof(**{field.name: getattr(capture, field.name) for field in fields(Proof)})


def _cautions(leads: Sequence[LeadView], kind: NoticeKind, legal: Sequence[LegalView]) -> tuple[str, ...]:
    if kind is NoticeKind.HOLDER:
        return ("通知由权利人签署并发出，版权主管部门只协助准备",)
    kinds = {lead.number: lead.kind for lead in leads}
    civil = dict.fromkeys(kinds[law.number] for law in legal if law.civil and not law.administrative)
    return tuple(
        f"{act.label}通常先按民事侵权处理，责令改正须另有著作权法第五十三条的行为并损害公共利益，请先核对"
        for act in civil
    )


def _topics(leads: Sequence[LeadView], kind: NoticeKind) -> tuple[str, ...]:
    """The rows of ``tables/references.yaml`` that a letter rests on."""
    if kind is NoticeKind.HOLDER:
        shop = any(capture.page_kind is PageKind.LISTING for lead in leads for capture in lead.captures)
        return ("notice", *(["commerce"] if shop else []))
    if kind is NoticeKind.RECTIFY:
        return ("rectify", *(["civil"] if any(lead.kind.civil_first for lead in leads) else []))
    return ("assist",)


def joined(names: Sequence[str]) -> tuple[str, ...]:
    """Split names as people write them in one option: 张三、李四 or 张三,李四."""
    return tuple(
        part.strip() for name in names for part in name.replace("、", ",").replace("，", ",").split(",") if part.strip()
    )
