"""Outcome of a site's crawl: puts Scrapy's statistics into words. A site that gave nothing is not a success."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol import crawl_stats
from patrol.crawl_stats import Counts
from patrol.vocabulary import RunStatus

_ENDED_EARLY = {
    "blocked": "被网站拦截（验证码或限制访问），已停止，未作规避",
    "logged_out": "网站要求登录，该站点已暂停",
    "session_expired": "登录已过期，该站点已暂停；请重新登录（patrol sites login 站点）",
    "no_browser": "没有可用浏览器",
    "outside_hours": "不在站点文件允许的访问时段，到时段内再继续",
    "shutdown": "巡查被中断",
    "cancelled": "巡查被中断",
}

_EXCEPTIONS = {
    "ConnectionRefused": "连接被拒绝",
    "CannotResolveHost": "域名解析不到",
    "DNSLookup": "域名解析不到",
    "Timeout": "超时没有回应",
    "TimedOut": "超时没有回应",
    "ConnectionLost": "连接中断",
    "ResponseFailed": "连接中断",
    "ResponseNeverReceived": "没有收到回应",
    "DownloadFailed": "下载失败",
    "SSL": "安全证书有问题",
    "IgnoreRequest": "按规则未访问",
    "TargetClosed": "页面太大或太久，已放弃",
    "_errors.Error": "浏览器打不开",
}

# Why pages were not followed, as the spiders count it (``crawl_stats.SKIPPED``).
SKIPPED = {
    "captured_before": "本次已取证",
    "depth_limit": "超过层数上限",
    "duplicate": "与已取证的页面相同（同一页的另一地址）",
    "broken_feed": "站点地图或订阅源读不懂",
    "empty_list": "列表里没有条目",
    "end_of_range": "连续编号到此为止",
    "needs_browser": "页面要靠脚本才有内容",
    "gone_list": "列表页已不存在",
    "not_due": "未到复查时间",
    "not_matched": "站点地图里不符合 match 的地址",
    "not_a_page": "不是网页（图片、压缩包等）",
    "nothing_new_on_lists": "后面的列表页没有新条目",
    "page_limit": "超过页数上限",
    "per_work_limit": "超过每部作品的页数上限",
    "robots": "robots.txt 不允许访问",
    "private_address": "内网地址，未经站点文件允许",
    "scheme": "不是网页地址",
    "trap": "重复页面陷阱",
}


@dataclass(frozen=True, slots=True)
class SiteOutcome:
    status: RunStatus
    reason: str = ""


def site_outcome(stats: Mapping[str, Any], captures: int) -> SiteOutcome:
    """Judge one site's crawl. ``stats``: Scrapy's, after the spider closed; ``captures``: pages of this site kept in
    this patrol, an interrupted earlier run's included."""
    if stopped := crawl_stats.STOPPED.of(stats):
        return SiteOutcome(RunStatus.INTERRUPTED, stopped)
    ended = str(stats.get("finish_reason", "finished"))
    if ended in ("shutdown", "cancelled", "outside_hours"):
        return SiteOutcome(RunStatus.INTERRUPTED, _ENDED_EARLY[ended])
    if ended in _ENDED_EARLY:
        kept = f"；此前已取证 {captures} 页" if captures else ""
        return SiteOutcome(RunStatus.FAILED, _ENDED_EARLY[ended] + kept)
    if captures or "not_due" in crawl_stats.SKIPPED.of(stats):
        return SiteOutcome(RunStatus.DONE, _partial(stats))
    return SiteOutcome(RunStatus.FAILED, _nothing(stats))


def _partial(stats: Mapping[str, Any]) -> str:
    unjudged = crawl_stats.UNJUDGED.of(stats)
    said = f"{unjudged} 页已取证但未能比对，下次继续" if unjudged else ""
    return "；".join(filter(None, (said, crawl_stats.YELLOW.of(stats))))


def _nothing(stats: Mapping[str, Any]) -> str:
    """Why a site gave no page at all: the most telling statistic first."""
    if error := crawl_stats.ERROR.of(stats):
        return error
    if stats.get("robotstxt/forbidden"):
        return SKIPPED["robots"]
    failures = _failures(stats)
    responses = Counts("downloader/response_status_count").of(stats)
    good = sum(count for status, count in responses.items() if status.startswith("2"))
    skipped = crawl_stats.SKIPPED.of(stats)
    if not good and responses:
        shown = "、".join(f"{status} × {count}" for status, count in sorted(responses.items()))
        return f"网站只返回错误（{shown}）"
    if not good and skipped:
        return f"没有访问到任何页面（跳过：{_said(skipped)}）"
    if not good:
        return f"网站没有回应（{failures}）" if failures else "没有访问到任何页面，请检查站点文件的起始地址"
    if skipped:
        shown = _said(skipped)
        return f"打开了 {good} 个页面，但没有可取证的内容（跳过：{shown}）"
    return f"打开了 {good} 个页面，但没有读到内容，站点可能已改版，请用 patrol sites try 检查"


def _said(skipped: Mapping[str, int]) -> str:
    return "、".join(f"{skipped_words(reason)} {count} 个" for reason, count in skipped.items())


def skipped_words(reason: str) -> str:
    """Say in words why a page was not followed."""
    if reason.startswith("http_"):
        return f"网站返回 {reason.removeprefix('http_')}"
    return SKIPPED.get(reason, reason)


def _failures(stats: Mapping[str, Any]) -> str:
    found: dict[str, int] = {}
    for name, count in Counts("downloader/exception_type_count").of(stats).items():
        said = next((words for part, words in _EXCEPTIONS.items() if part in name), name.rsplit(".", 1)[-1])
        found[said] = found.get(said, 0) + count
    return "、".join(f"{said} {count} 次" for said, count in found.items())


def skipped_folder(root: Path, patrol_id: int) -> Path:
    """Return where the lists of skipped links of one patrol stand, a CSV file a site."""
    return root / "logs" / f"patrol-{patrol_id:06d}-skipped"


def said_skipped(skipped: Mapping[str, int]) -> str:
    """Say in words why pages were not opened: “重复页面陷阱 3 个、超过页数上限 1 个”."""
    return _said(skipped)


def said_ended(reason: str) -> str:
    """Say in words why a crawl ended before its time; "" where it did not."""
    return _ENDED_EARLY.get(reason, "")
