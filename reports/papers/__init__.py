"""The Word templates as they come with the program, one function a paper (``python -m reports.make_templates``).

Never here: what fills the braces (``reports.cases``, ``letters``, ``summaries``); an office edits its own copy in Word.
Start reading at ``case.py``; lines of ＿ and “——” are for the officers' hands.
"""

from __future__ import annotations

from collections.abc import Callable

from reports.gb9704 import Paper
from reports.papers import case, letters, summaries

PAPERS: dict[str, Callable[[], Paper]] = {
    "案件线索登记表": case.dossier,
    "移送书": case.transfer,
    "调查报告": case.investigation,
    "涉案物品清单": case.goods,
    "检验报告或鉴定结论": case.opinion,
    "其他材料目录": case.materials,
    "移送书回执": case.receipt,
    "权利人通知": letters.holder_notice,
    "责令改正通知书": letters.rectify,
    "协助调查函": letters.assist,
    "投诉举报答复书": letters.answer,
    "巡查日报": summaries.daily,
    "专项行动总结": summaries.campaign,
    "宣传材料": summaries.publicity,
}
"""Every template by its file's name (without ``.docx``)."""
