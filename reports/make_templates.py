"""Template maker: makes all Word templates (``python -m reports.make_templates``).

Those of the evidence package are here, the others in ``papers``.

The templates are ordinary Word files with Jinja tags (docxtpl): an office opens one in Word, changes words, fonts and
order, and saves its copy as ``templates/NAME`` in its workspace. They are made here so that what is in them can be read
and reviewed; ``gb9704.py`` has the layout.
"""

from __future__ import annotations

from pathlib import Path

from reports.gb9704 import Paper
from reports.papers import PAPERS

TEMPLATES = Path(__file__).with_name("templates")


def main() -> None:
    for name, paper in ALL.items():
        paper().save(TEMPLATES / f"{name}.docx")


def remote_record() -> Paper:
    """Lay out 远程取证记录: what was done, by whom, when, with what, step by step, and what came of it."""
    page = Paper()
    page.title("远程取证记录")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.rows(
        (
            ("线索编号", "{{ numbers }}"),
            ("案由", "{{ matter }}"),
            ("取证时间", "{{ began }} 至 {{ ended }}（北京时间）"),
            ("取证地点", "{{ place }}"),
            ("取证人员", "{{ officers }}"),
            ("审核人", "{{ reviewers }}"),
            ("审核情况", "{{ review_words }}"),
            ("取证对象", "{{ subjects }}"),
        ),
    )
    page.heading("一、取证环境")
    page.loop("s", "surroundings")
    page.subheading("（{{ loop.index|chinese }}）{{ s.title }}")
    page.listed("row", "s.rows", ("项目", "情况"), ("{{ row.name }}", "{{ row.value }}"), (38, 118))
    page.text("{{ s.said }}")
    page.end()
    page.heading("二、取证方法")
    page.text("{{ method }}")
    page.heading("三、取证步骤")
    page.text("以下按时间先后逐项列明，时间为北京时间。")
    page.loop("step", "steps")
    page.text("{{ step.number }}．{{ step.words }}", size=14, line=24)
    page.end()
    page.heading("四、取得的网页")
    page.listed(
        "c",
        "captures",
        ("序号", "网页与取证情况", "SHA-256 摘要"),
        ("{{ c.number }}", "{{ c.words }}", "{{ c.digests }}"),
        (16, 72, 68),
    )
    page.heading("五、提取的电子数据")
    page.text("下列文件随本记录一并封存。本记录本身的摘要见封存文件夹中的摘要清单。")
    page.listed(
        "f",
        "files",
        ("文件", "说明", "摘要"),
        ("{{ f.name }}", "{{ f.about }}", "SHA-256 {{ f.sha256 }}\nSM3 {{ f.sm3 }}"),
        (46, 30, 80),
    )
    page.heading("六、时间戳")
    page.text("{{ stamp_words }}")
    page.loop("line", "stamps")
    page.text("{{ line }}", size=14, line=24)
    page.end()
    page.heading("七、本记录能证明和不能证明的事项")
    page.loop("line", "proofs")
    page.text("{{ line }}")
    page.end()
    page.signatures((("取证人员（签名）", 2), ("审核人（签名）", 1), ("见证人（签名）", 1)))
    return page


def examination() -> Paper:
    """Lay out 电子数据审查说明: the six questions of 法释〔2018〕16号 art. 11, with our facts under each; and the custody."""
    page = Paper()
    page.title("电子数据审查说明")
    page.text("{{ region }}{{ office }}", align="center", indent=False)
    page.text(
        "依据《最高人民法院关于互联网法院审理案件若干问题的规定》（法释〔2018〕16号）第十一条所列审查事项，"
        "就线索 {{ numbers }} 的电子数据说明如下（条文请核对现行有效文本）。本说明只陈述事实，真实性由办案机关和人民法院审查认定。",
    )
    page.loop("q", "questions")
    page.heading("{{ loop.index|chinese }}、{{ q.title }}")
    page.loop("fact", "q.facts")
    page.text("{{ fact }}")
    page.end()
    page.end()
    page.heading("七、本证据能证明和不能证明的事项")
    page.loop("line", "proofs")
    page.text("{{ line }}")
    page.end()
    page.heading("附：证据流转记录")
    page.text(
        "每次查看、审核、导出、清理和显示完整个人信息，均在事前登记，核验在得出结果后登记，逐条相接，改动即可发现。下列为与本案有关的各条，完整记录见 evidence/custody.txt。",
    )
    page.listed(
        "c",
        "custody",
        ("序号", "时间", "事项与原因", "经办", "本条摘要"),
        ("{{ c.number }}", "{{ c.at }}", "{{ c.words }}", "{{ c.who }}", "{{ c.digest }}"),
        (16, 26, 46, 30, 38),
    )
    page.signatures((("经办人（签名）", 2), ("审核人（签名）", 1)))
    return page


ALL = {"远程取证记录": remote_record, "电子数据审查说明": examination} | PAPERS
"""Every template by its file's name (without ``.docx``)."""


if __name__ == "__main__":
    main()
