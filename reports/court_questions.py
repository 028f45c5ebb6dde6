"""Court questions: answer the six that courts ask of electronic data (法释〔2018〕16号 art. 11) with our facts under each.

Only what the package itself shows is said; what is not known is said to be 未记录.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patrol import clock
from patrol.packages.contents import PackageFacts
from reports import environment_words
from reports.environment_words import UNKNOWN
from reports.html import plain

TITLES = (
    "计算机系统等硬件、软件环境是否安全、可靠",
    "生成主体和时间是否明确，内容是否清晰、客观、准确",
    "存储、保管介质是否明确，保管方式和手段是否妥当",
    "提取和固定的主体、工具、方式是否可靠，提取过程是否可以重现",
    "内容是否有增加、删除、修改及不完整等情形",
    "是否可以通过特定形式得到验证",
)


def questions(facts: PackageFacts) -> list[dict[str, Any]]:
    """Return ``{title, facts: [sentence]}`` for each of the six, in order."""
    answers = (_system, _origin, _custody, _method, _integrity, _verification)
    return [{"title": title, "facts": answer(facts)} for title, answer in zip(TITLES, answers, strict=True)]


def _system(facts: PackageFacts) -> list[str]:
    checks = facts.selection.surroundings
    without = {c.patrol_id for c in facts.selection.chains} - {check.patrol_id for check in checks}
    said = [
        f"第 {check.patrol_id} 次巡查开始时检查了取证环境：{plain(environment_words.verdict(check.said))}"
        f"计算机、系统、程序、网络和时钟的具体情况见远程取证记录第一部分，原始记录在证据链第 {check.line} 行。"
        for check in checks
    ]
    said += [f"第 {number} 次巡查没有环境检查记录（{UNKNOWN}）。" for number in sorted(without)]
    said.append("网页内容在报告和文书中一律作为文字显示，不运行，不会影响比对和核验。")
    said.append(f"本证据包由 {plain(facts.program)} 在计算机 {plain(facts.machine)}（{plain(facts.system)}）上导出。")
    return said


def _origin(facts: PackageFacts) -> list[str]:
    captures = facts.selection.captures
    hosts = {used.view.ip_address for used in captures if used.view.ip_address}
    connected = sum(isinstance(used.said.get("connection"), Mapping) for used in captures)
    times = [used.view.fetched_at for used in captures]
    brought = sum(used.view.imported is not None for used in captures)
    served = [
        f"网页由所列网址的服务器生成并应答，应答服务器地址：{'、'.join(sorted(hosts)) or UNKNOWN}。"
        "网站登记主体、备案号由执法人员另行核实。"
    ]
    imported = [
        f"{brought} 份取证快照出自送来的文件，非本单位访问取得：何人何时从何处保存，只有文件自己的说法，须另行核实；"
        "本单位能说明的是文件导入的时间和导入以后没有变化。"
    ]
    return [
        *(served if brought < len(captures) else []),
        *(imported if brought else []),
        f"取证时间为 {clock.show_second(min(times))} 至 {clock.show_second(max(times))}（北京时间），逐页记到毫秒；时间来自本机时钟，偏差见环境检查。",
        f"{len(captures)} 份取证快照中，{connected} 份记有域名解析和连接证书情况"
        + (f"，{len(captures) - connected} 份未记录。" if connected < len(captures) else "。"),
        *(
            [f"保存的是服务器应答的原始内容{'和浏览器渲染后的截图' if facts.screenshots else '（未截图）'}，未经编辑。"]
            if brought < len(captures)
            else ["保存的是送来的文件原件和从中读出的网页，未经编辑。"]
        ),
    ]


def _custody(facts: PackageFacts) -> list[str]:
    chains = facts.selection.chains
    pruned = sum(len(chain.layout.pruned) for chain in chains)
    files = len({record.file for used in facts.selection.captures for record in used.records})
    return [
        f"由{plain(facts.office)}保管，导出时位于计算机 {plain(facts.machine)} 的证据目录。本包取自 {len(chains)} 次巡查的 {files} 个 WARC 文件；"
        "证据文件只追加不改写，按规定清理无线索记录时另行登记。",
        f"证据流转记录共 {len(facts.custody)} 条，与本案有关的 {len(facts.own_custody)} 条见附件；每次查看、审核、导出、清理均先登记后进行，核验在得出结果后登记，登记逐条相接。",
        "未使用境外存储，默认不向境外发送任何内容；取时间戳时只发送证据链的摘要值。",
        f"因保存期届满按规定清理的无线索记录 {pruned} 条，其摘要和清理说明仍在证据链中，不涉及本包所用快照。"
        if pruned
        else "本包所涉证据链没有清理过记录。",
    ]


def _method(facts: PackageFacts) -> list[str]:
    captures = facts.selection.captures
    programs = "、".join(sorted({str(used.said.get("program") or UNKNOWN) for used in captures}))
    sites = sorted({(used.view.site, used.view.site_file_sha256 or UNKNOWN) for used in captures})
    people = "、".join(facts.officers)
    return [
        f"取证人员：{people}；审核人：{'、'.join(facts.reviewers) or '未指定'}。"
        if people
        else f"取证人员{UNKNOWN}，本包为未经审核的草稿。",
        f"工具为 {plain(programs)}，证据格式为 WARC 1.1（ISO 28500），摘要算法为 SHA-256 和 SM3（GB/T 32905）。",
        *(
            f"站点“{plain(site)}”的提取规则由站点文件确定，其 SHA-256 为 {digest}，用同一文件可重现提取过程。"
            for site, digest in sites
        ),
        "网页重现档案 archive.wacz 可用 ReplayWeb.page 或 pywb 离线打开，重现取证时的网页。",
    ]


def _integrity(facts: PackageFacts) -> list[str]:
    chains = facts.selection.chains
    cuts = sum(entry.kind == "cut" for chain in chains for entry in chain.entries)
    lines = "；".join(f"第 {chain.patrol_id} 次巡查 {len(chain.entries)} 行，链头 {chain.head}" for chain in chains)
    return [
        f"每条记录在写入时即计算摘要，载入证据链：{lines}。导出时逐条重新计算，全部一致。",
        "记录以整段原始字节取出，未重新压缩或改写。",
        f"证据链中有 {cuts} 次截去未写完内容的登记（断电等造成），截去的是尚未登记的残余，不涉及本包所用快照。"
        if cuts
        else "证据链中没有截断登记。",
    ]


def _verification(facts: PackageFacts) -> list[str]:
    stamped = {stamp.patrol_id for stamp in facts.stamps}
    without = [str(chain.patrol_id) for chain in facts.selection.chains if chain.patrol_id not in stamped]
    said = [
        "用 sha256sum、openssl 等通用程序，按“验证说明.txt”即可核验全部文件、证据链和记录，不需要本程序，不需要联网。"
    ]
    said += [
        f"第 {stamp.patrol_id} 次巡查证据链第 {stamp.line} 行有 {plain(stamp.authority)} 的可信时间戳，所载时间 "
        f"{clock.show_second(stamp.at) if stamp.at else UNKNOWN}（北京时间），可用 openssl ts -verify 核验。"
        for stamp in facts.stamps
    ]
    if without:
        said.append(f"第 {'、'.join(without)} 次巡查的证据链没有可信时间戳。")
    return said
