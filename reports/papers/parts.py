"""Template parts: lay out what several papers share: the comparison, the list of evidence, the rules referred to."""

from __future__ import annotations

from reports.gb9704 import Paper


def comparisons(page: Paper) -> None:
    page.loop("m", "matches")
    page.subheading("（{{ loop.index|chinese }}）与《{{ m.work }}》比对：{{ m.kind }}，把握 {{ m.probability }}")
    page.text("网页取证时间 {{ m.captured }}，比对库版本 {{ m.index_version }}。", size=14, line=24)
    page.loop("line", "m.reasons")
    page.text("· {{ line }}", size=14, line=24)
    page.end()
    page.when("m.renamings")
    page.text("换名对照表：", size=14, line=24, keep=True)
    page.listed(
        "r",
        "m.renamings",
        ("作品中", "网页中", "对应次数"),
        ("{{ r.old }}", "{{ r.new }}", "{{ r.support }}"),
        (60, 60, 36),
    )
    page.end_when()
    page.when("m.disguises")
    page.text("变形手法：", size=14, line=24, keep=True)
    page.listed(
        "d",
        "m.disguises",
        ("手法", "处数", "网页写作", "还原为"),
        ("{{ d.label }}", "{{ d.count }}", "{{ d.example }}", "{{ d.read_as }}"),
        (46, 20, 45, 45),
    )
    page.end_when()
    page.when("m.pairs")
    page.text(
        "相似段落 {{ m.passages }} 处（下实线：逐字相同；双线加粗：换名；点线：变形后相同）：",
        size=14,
        line=24,
        keep=True,
    )
    page.listed(
        "p",
        "m.pairs",
        ("网页", "作品"),
        ("{{ p.where }}\n{{r p.page }}", "{{ p.source }}\n{{r p.work }}"),
        (78, 78),
    )
    page.end_when()
    page.when("m.left_out")
    page.text("其余 {{ m.left_out }} 处见线索报告。", size=14, line=24)
    page.end_when()
    page.end()


def evidence(page: Paper) -> None:
    page.listed(
        "c",
        "evidence",
        ("序号", "网页", "取证时间及文件", "SHA-256 摘要"),
        ("{{ c.number }}", "{{ c.title }}\n{{ c.url }}", "{{ c.at }}（{{ c.state }}）\n{{ c.file }}", "{{ c.digest }}"),
        (13, 47, 44, 52),
    )


def references(page: Paper) -> None:
    page.loop("line", "references")
    page.text("{{ loop.index }}．{{ line }}", size=14, line=24)
    page.end()
    page.text("{{ check }}", size=14, line=24)


def drafting(page: Paper, *, rules: bool = True) -> None:
    """Set the last page of a letter, which stays in the office: what the draft rests on, for whoever signs to check."""
    page.heading("拟稿依据", new_page=True)
    page.text("本页供审签时核对，不随文发出。", size=14, line=24)
    if rules:
        page.text("签署：{{ signer }}", size=14, line=24)
        page.loop("line", "cautions")
        page.text("注意：{{ line }}", size=14, line=24)
        page.end()
        page.loop("line", "legal_notes")
        page.text("{{ line }}", size=14, line=24)
        page.end()
        references(page)
    page.colophon()
