"""Package documents: fill 远程取证记录 and 电子数据审查说明 as Word files from ``PackageFacts``.

The templates are Word files that an office may edit (``make_templates.py`` says how they came to be): its own copy in
the workspace's ``templates`` folder goes before the program's. Everything crawled goes through ``plain`` and, unless the
officer asked otherwise, ``mask``; addresses and digests stay exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol import clock
from patrol.leads.views import ImportView, work_names
from patrol.packages.claims import does_not_prove, proves
from patrol.packages.contents import PackageFacts, UsedCapture, UsedImage
from patrol.packages.instruction import DRAFT
from patrol.text.masking import mask, mask_title
from reports import environment_words
from reports.court_questions import questions
from reports.data import region_before
from reports.docx_fill import filled
from reports.environment_words import UNKNOWN
from reports.html import plain

RECORD, EXAMINATION = "远程取证记录.docx", "电子数据审查说明.docx"
MAX_TITLE = 120


def remote_record(facts: PackageFacts, own_templates: Path | None = None) -> bytes:
    """Fill the remote-evidence record as DOCX. Raises InputError when the office's template cannot be used."""
    return filled(RECORD, own_templates, _Words(facts).record(), at=facts.made_at)


def examination(facts: PackageFacts, own_templates: Path | None = None) -> bytes:
    """Fill the report under the six questions, with the chain of custody, as DOCX. Raises InputError."""
    return filled(EXAMINATION, own_templates, _Words(facts).examination(), at=facts.made_at)


class _Words:
    """The facts of one package, in words."""

    def __init__(self, facts: PackageFacts) -> None:
        self.facts = facts
        self.names = work_names(facts.selection.leads)
        self.numbers = {used.view.id: number for number, used in enumerate(facts.selection.captures, start=1)}
        self.pictures = {shot.capture_id: shot.file for shot in facts.screenshots}

    def said(self, text: object) -> str:
        """Show what a stranger wrote as it may be read."""
        return plain(mask(str(text), self.names)) if self.facts.masked else plain(text)

    def common(self) -> dict[str, Any]:
        facts = self.facts
        proofs = ["能够证明："]
        proofs += [f"{n}．{line}" for n, line in enumerate(proves(facts), 1)]
        proofs += ["不能证明："]
        proofs += [f"{n}．{line}" for n, line in enumerate(does_not_prove(facts), 1)]
        return {
            "draft": DRAFT if facts.draft else "",
            "office": facts.office,
            "region": region_before(facts.region, facts.office),
            "numbers": "、".join(lead.number for lead in facts.selection.leads),
            "proofs": proofs,
        }

    def record(self) -> dict[str, Any]:
        facts = self.facts
        times = [used.view.fetched_at for used in facts.selection.captures]
        return self.common() | {
            "matter": "；".join(self._matter(number) for number in range(len(facts.selection.leads))),
            "began": clock.show_second(min(times)),
            "ended": clock.show_second(max(times)),
            "place": self._place(),
            "officers": "、".join(facts.officers) or f"{UNKNOWN}（未经审核）",
            "reviewers": "、".join(facts.reviewers) or "未指定",
            "review_words": self._reviews(),
            "subjects": "\n".join(dict.fromkeys(self._subject(lead) for lead in facts.selection.leads)),
            "surroundings": self._surroundings(),
            "method": self._method(),
            "steps": [{"number": n, "words": words} for n, (_at, words) in enumerate(self._steps(), 1)],
            "captures": [self._capture(used) for used in facts.selection.captures],
            "files": [
                {"name": file.name, "about": file.about, "sha256": file.sha256, "sm3": file.sm3} for file in facts.files
            ],
            "stamp_words": self._stamp_words(),
            "stamps": [
                f"{n}．第 {stamp.patrol_id} 次巡查证据链第 {stamp.line} 行（摘要 {stamp.imprint}），"
                f"时间戳服务 {plain(stamp.authority)}，所载时间 {clock.show_second(stamp.at) if stamp.at else UNKNOWN}（北京时间），文件 {stamp.token}。"
                for n, stamp in enumerate(facts.stamps, 1)
            ],
        }

    def examination(self) -> dict[str, Any]:
        custody = [
            {
                "number": act.number,
                "at": clock.show_second(act.at),
                "words": self.said(
                    act.act + (f"：{act.what}" if act.what else "") + (f"。原因：{act.why}" if act.why else "")
                ),
                "who": plain("\n".join([act.account, *(["、".join(act.officers)] if act.officers else [])])),
                "digest": act.digest,
            }
            for act in self.facts.own_custody
        ]
        return self.common() | {"questions": questions(self.facts), "custody": custody}

    # -- the record's parts --------------------------------------------------------------------------------------------

    def _matter(self, number: int) -> str:
        lead = self.facts.selection.leads[number]
        work = f"，涉及作品《{plain(lead.work.title)}》" if lead.work else ""
        return f"涉嫌侵犯著作权（{lead.kind.label}{work}）"

    def _subject(self, lead: Any) -> str:
        seller = f"，{self.said(lead.seller)}" if lead.seller else ""
        return f"{self.said(lead.site)}{seller}：{plain(lead.url)}"

    def _place(self) -> str:
        facts = self.facts
        machines = {
            str(name)
            for one in facts.selection.surroundings
            if isinstance(machine := one.said.get("machine"), Mapping) and (name := machine.get("name"))
        }
        return f"{facts.office}（远程取证），使用的计算机{'：' + plain('、'.join(sorted(machines))) if machines else UNKNOWN}"

    def _reviews(self) -> str:
        captures = self.facts.selection.captures
        marked = [used.review for used in captures if used.review]
        if not marked:
            return DRAFT
        lines = dict.fromkeys(
            f"{clock.show_second(review.at)} 由{'、'.join(review.officers)}取证"
            + (f"，{review.reviewer}审核" if review.reviewer else "")
            + (f"（{self.said(review.note)}）" if review.note else "")
            for review in marked
        )
        waiting = len(captures) - len(marked)
        return "\n".join(
            [f"取证快照 {len(marked)} 份已审核", *lines, *([f"另有 {waiting} 份未经审核"] if waiting else [])]
        )

    def _surroundings(self) -> list[dict[str, Any]]:
        blocks = []
        for chain in self.facts.selection.chains:
            found = [one for one in self.facts.selection.surroundings if one.patrol_id == chain.patrol_id]
            for saying, line in [(one.said, one.line) for one in found] or [({}, 0)]:
                at = _time(saying.get("at"))
                blocks.append(
                    {
                        "title": f"第 {chain.patrol_id} 次巡查的环境检查"
                        + (f"（{clock.show_second(at)}）" if at else ""),
                        "rows": [
                            {"name": name, "value": plain(value)} for name, value in environment_words.rows(saying)
                        ],
                        "said": plain(environment_words.verdict(saying))
                        + (f"检查记录载于证据链第 {line} 行。" if line else ""),
                    }
                )
        return blocks

    def _method(self) -> str:
        programs = "、".join(
            sorted({str(used.said.get("program") or UNKNOWN) for used in self.facts.selection.captures})
        )
        captures = self.facts.selection.captures
        brought = sum(used.view.imported is not None for used in captures)
        if brought == len(captures):
            return (
                f"全部 {brought} 份快照出自送来的文件，非本单位访问取得。用网络版权巡查程序（{plain(programs)}）导入：先逐字节保存文件原件，"
                "再读出其中的网页，计算 SHA-256 和 SM3 摘要，写入逐行相接的证据链并落盘，之后才进行比对。"
            )
        mixed = f"其中 {brought} 份快照出自送来的文件，非本单位访问取得，文件原件逐字节保存。" if brought else ""
        return mixed + (
            f"使用网络版权巡查程序（{plain(programs)}）按站点文件所列规则访问网页，逐页记录地址、时间和应答。"
            "网页的请求、应答、渲染结果和截图按 WARC 1.1（ISO 28500）逐条保存，计算 SHA-256 和 SM3 摘要，"
            "写入逐行相接的证据链并落盘，之后才进行比对。站点文件的摘要记在每个网页的元数据中，用同一站点文件可以重现提取过程。"
        )

    def _steps(self) -> list[tuple[datetime, str]]:
        steps: list[tuple[datetime, str]] = []
        facts = self.facts
        for chain in facts.selection.chains:
            began = _time(chain.entries[0].body.get("at"))
            if began:
                program = plain(chain.entries[0].body.get("program", UNKNOWN))
                steps.append((began, f"启动 {program}，开始第 {chain.patrol_id} 次巡查，建立证据链。"))
            for entry in chain.entries:
                at = _time(entry.body.get("at"))
                if entry.kind == "finish" and at:
                    steps.append(
                        (at, f"第 {chain.patrol_id} 次巡查结束，证据链收于第 {entry.number} 行，摘要 {entry.digest}。")
                    )
        for one in facts.selection.surroundings:
            at = _time(one.said.get("at"))
            if at:
                steps.append((at, f"检查取证环境，结果写入证据链第 {one.line} 行。"))
        for used in facts.selection.captures:
            steps.append((used.view.fetched_at, self._access(used)))
            steps += [(image.fetched_at, _image(image)) for image in used.images]
        reviewed = {used.review.at: used.review for used in facts.selection.captures if used.review}
        steps += [(at, f"{'、'.join(one.officers)}核对取证快照，登记审核。") for at, one in reviewed.items()]
        stamped = [
            (stamp.at, f"取得证据链第 {stamp.line} 行的时间戳（{plain(stamp.authority)}）。")
            for stamp in facts.stamps
            if stamp.at
        ]
        steps.append(
            (facts.made_at, f"由系统账户 {plain(facts.account)} 在计算机 {plain(facts.machine)} 上导出本证据包。")
        )
        told = [(at, f"{clock.show_millisecond(at)}　{words}") for at, words in steps]
        # An authority may tell the second only: what came before within it stands before it.
        told += [(at.replace(microsecond=999_999), f"{clock.show_second(at)}　{words}") for at, words in stamped]
        return sorted(told, key=lambda step: step[0])

    def _access(self, used: UsedCapture) -> str:
        view = used.view
        if view.imported:
            return self._brought(used, view.imported)
        how = "用浏览器打开" if view.rendered else "请求"
        parts = [plain(address) for address in used.said.get("parts") or ()]
        joined = f"依次取得其分页：{'、'.join(parts)}。" if parts else ""
        picture = f"截图存为 {self.pictures[view.id]}。" if view.id in self.pictures else ""
        return (
            f"{how} {plain(view.url)}，对方地址 {view.ip_address or UNKNOWN}，应答状态 {view.http_status}，"
            f"页面状态“{view.state.label}”。{_connection(used.said.get('connection'))}{joined}{picture}"
            f"{_unchanged(used)}正文摘要 SHA-256 {view.payload_sha256}，写入证据链第 {used.line} 行。"
        )

    def _brought(self, used: UsedCapture, origin: ImportView) -> str:
        """A page that we did not fetch must never read as if we had."""
        said = [
            f"导入文件“{self.said(origin.file)}”{self.said(origin.place)}中的网页 {plain(used.view.url)}，非本单位访问取得，"
            f"文件 SHA-256 {origin.file_sha256}",
            *([f"来源：{self.said(origin.source)}"] if origin.source else []),
            *([f"说明：{self.said(origin.note)}"] if origin.note else []),
        ]
        if origin.claimed_at:
            by = f"据{self.said(origin.claimed_by)}，" if origin.claimed_by else ""
            said.append(f"文件自称保存于 {clock.show_second(origin.claimed_at)}（{by}未经核实）")
        return "；".join(said) + f"。正文摘要 SHA-256 {used.view.payload_sha256}，写入证据链第 {used.line} 行。"

    def _capture(self, used: UsedCapture) -> dict[str, Any]:
        view = used.view
        title = plain(mask_title(view.title, self.names)) if self.facts.masked else plain(view.title)
        lines = [
            title if len(title) <= MAX_TITLE else title[:MAX_TITLE] + "……",
            plain(view.url),
            f"{clock.show_second(view.fetched_at)}　线索 {'、'.join(used.leads)}",
            f"站点文件 SHA-256 {view.site_file_sha256 or UNKNOWN}",
            *([f"越过 robots.txt 的书面依据：{plain(used.said['authority'])}"] if used.said.get("authority") else []),
        ]
        digests = f"记录 {view.record_sha256}\n正文 {view.payload_sha256}\n链上第 {used.line} 行 {view.chain_sha256}"
        return {"number": self.numbers[view.id], "words": "\n".join(filter(None, lines)), "digests": digests}

    def _stamp_words(self) -> str:
        if not self.facts.stamps:
            return "本证据包没有可信时间戳，各项时间来自本机时钟，其偏差见取证环境。"
        return f"证据链取得可信时间戳（RFC 3161）{len(self.facts.stamps)} 个，证明所列各行及其以前的内容在所载时间已经存在。"


def _unchanged(used: UsedCapture) -> str:
    """For a page found as it was: whose bytes they are."""
    whole = used.whole
    if whole is None:
        return ""
    return (
        f"正文与 {clock.show_second(whole.fetched_at)} 取得的完全相同（第 {whole.patrol_id} 次巡查证据链第 {whole.line} 行，"
        "原件一并附上），未重复保存。"
    )


def _image(image: UsedImage) -> str:
    return (
        f"取得网页中的图片 {plain(image.url)}，SHA-256 {image.payload_sha256}，"
        f"写入第 {image.patrol_id} 次巡查证据链第 {image.line} 行。"
    )


def _connection(said: Any) -> str:
    """Over which connection the page came, in words; nothing where the program did not write it down."""
    if not isinstance(said, Mapping):
        return "域名解析和证书未记录。"
    answers = "；".join(map(environment_words.answer, said.get("dns") or ()))
    host = str(said.get("host", ""))
    unresolved = "网址写明对方地址，没有域名须解析。" if environment_words.is_address(host) else "域名解析未记录。"
    words = f"域名 {plain(host)} 解析：{plain(answers)}。" if answers else unresolved
    tls = said.get("tls")
    if not isinstance(tls, Mapping):
        return words + "未加密连接（HTTP）。"
    leaf = next(iter(tls.get("chain") or ()), None)
    named = (
        f"证书 {leaf.get('subject', '')}，签发者 {leaf.get('issuer', '')}"
        if isinstance(leaf, Mapping)
        else "证书链未记录"
    )
    digest = tls.get("leaf_sha256") or (leaf.get("sha256") if isinstance(leaf, Mapping) else "")
    verdicts = {True: "经本机信任", False: f"不受本机信任（{tls.get('problem', '')}）"}
    trusted = verdicts.get(tls.get("trusted", None), "是否可信未核")
    return words + plain(
        f"加密连接 {tls.get('protocol') or UNKNOWN}，{named}，SHA-256 {digest or UNKNOWN}，{trusted}。"
    )


def _time(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
