"""What is said of a site's crawl, from the statistics that Scrapy and the spiders leave."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from patrol.config import CHECKOUT
from patrol.crawl_stats import SKIPPED, STOPPED, UNJUDGED
from patrol.patrols import outcome
from patrol.patrols.outcome import site_outcome
from patrol.vocabulary import RunStatus


@pytest.mark.parametrize(
    ("stats", "captures", "status", "said"),
    [
        ({"finish_reason": "finished"}, 3, RunStatus.DONE, ""),
        ({"finish_reason": "finished", UNJUDGED.key: 2}, 3, RunStatus.DONE, "2 页已取证但未能比对"),
        ({"finish_reason": "shutdown"}, 3, RunStatus.INTERRUPTED, "中断"),
        (
            {"finish_reason": "blocked"},
            3,
            RunStatus.FAILED,
            "被网站拦截（验证码或限制访问），已停止，未作规避；此前已取证 3 页",
        ),
        ({"finish_reason": "logged_out"}, 0, RunStatus.FAILED, "要求登录"),
        ({"finish_reason": "no_browser"}, 0, RunStatus.FAILED, "没有可用浏览器"),
        ({STOPPED.key: "证据写不进"}, 3, RunStatus.INTERRUPTED, "证据写不进"),
        ({"robotstxt/forbidden": 1}, 0, RunStatus.FAILED, "robots.txt"),
        ({"downloader/response_status_count/503": 4}, 0, RunStatus.FAILED, "503 × 4"),
        (
            {"downloader/exception_type_count/scrapy.exceptions.DownloadTimeoutError": 2},
            0,
            RunStatus.FAILED,
            "超时没有回应 2 次",
        ),
        ({"downloader/response_status_count/200": 5}, 0, RunStatus.FAILED, "可能已改版"),
        (
            {"downloader/response_status_count/200": 5, f"{SKIPPED.key}/trap": 4},
            0,
            RunStatus.FAILED,
            "重复页面陷阱 4 个",
        ),
        ({f"{SKIPPED.key}/private_address": 1}, 0, RunStatus.FAILED, "内网地址"),
        ({}, 0, RunStatus.FAILED, "起始地址"),
    ],
)
def test_a_site_s_outcome_is_said_in_words(stats: dict[str, Any], captures: int, status: RunStatus, said: str) -> None:
    found = site_outcome(stats, captures)
    assert found.status is status
    assert said in found.reason


def test_every_reason_that_spiders_skip_or_close_for_has_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(CHECKOUT, "spiders").glob("*.py"))
    assert set(re.findall(r"_skip\(\"(\w+)\"", source)) <= set(outcome.SKIPPED)
    assert set(re.findall(r"CloseSpider\(\"(\w+)\"", source)) <= set(outcome._ENDED_EARLY)
