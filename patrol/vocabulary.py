"""Vocabulary: names the trade's closed lists, one enumeration each, each value with the Chinese that an officer reads.

The values are what stands in tables and on the command line; ``label`` is what stands in reports.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enumeration whose members carry a Chinese ``label``: ``MEMBER = "value", "中文"``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the member whose value or Chinese label is ``text`` (spaces around it ignored).

        Raises ValueError, with every allowed label, when there is none.
        """
        wanted = text.strip()
        for member in cls:
            if wanted in (member.value, member.label):
                return member
        raise ValueError(f"“{wanted}”不在可选范围内（可选：{'、'.join(m.label for m in cls)}）")


class Field(Labelled):
    """领域: the fields of the key directory."""

    LITERATURE = "literature", "网络文学"
    SCRIPT_GAME = "script_game", "剧本杀"
    BOOK = "book", "图书"
    AUDIOVISUAL = "audiovisual", "音像"
    E_PUBLICATION = "e_publication", "电子出版物"
    SHORT_VIDEO = "short_video", "短视频"
    LIVE = "live", "直播"
    FILM = "film", "院线电影"
    SPORTS = "sports", "体育赛事"
    EDUCATION = "education", "在线教育"
    NEWS = "news", "新闻作品"
    MUSIC = "music", "音乐"
    GAME_ANIME = "game_anime", "游戏动漫"
    AUDIOBOOK = "audiobook", "有声读物"
    NETDISK = "netdisk", "网盘"
    NFT = "nft", "数字藏品"
    DATABASE = "database", "文献数据库"


class WorkKind(Labelled):
    """作品类型: what a protected work is. Free words in an import are kept as ``other``."""

    LITERATURE = "literature", "文学作品"
    SCRIPT_GAME = "script_game", "剧本杀剧本"
    BOOK = "book", "图书"
    AUDIOVISUAL = "audiovisual", "视听作品"
    AUDIOBOOK = "audiobook", "有声读物"
    ART = "art", "美术作品"
    NFT = "nft", "数字藏品"
    NEWS = "news", "新闻作品"
    OTHER = "other", "其他"


class MatchKind(Labelled):
    """比对结果: how a page uses a work; ``licence`` is of a site or shop, whose papers are missing or doubtful."""

    VERBATIM = "verbatim", "原文复制"
    EXCERPT = "excerpt", "摘编切条"
    DISGUISED = "disguised", "变形规避"
    WASHED = "washed", "洗稿"
    RESKINNED = "reskinned", "换皮"
    SALE = "sale", "售卖线索"
    LICENCE = "licence", "资质线索"

    @property
    def of_text(self) -> bool:
        """Whether the kind comes from comparing texts."""
        return self not in (MatchKind.SALE, MatchKind.LICENCE)

    @property
    def civil_first(self) -> bool:
        """Whether the act is a civil wrong (著作权法 52) before it may be anything else."""
        return self in (MatchKind.WASHED, MatchKind.RESKINNED)


class LinkKind(Labelled):
    """How two leads that are not one belong together."""

    SAME_TEXT = "same_text", "文字相同，发布者不同"


class Grade(Labelled):
    """线索等级. A is to be looked at first."""

    A = "A", "甲级"
    B = "B", "乙级"
    C = "C", "丙级"


class LeadStatus(Labelled):
    """线索的办理状态, in the order of its life."""

    NEW = "new", "待核查"
    REVIEWING = "reviewing", "核查中"
    CONFIRMED = "confirmed", "已确认"
    DISMISSED = "dismissed", "已排除"
    NOTIFIED = "notified", "已通知"
    REMOVED = "removed", "已下架"
    NOT_REMOVED = "not_removed", "未下架"
    COUNTER_NOTICE = "counter_notice", "已收反通知"
    REFERRED = "referred", "已移送"
    CLOSED = "closed", "已办结"


class ComplaintState(Labelled):
    """投诉举报的办理情况, as far as the patrol of its address tells."""

    WAITING = "waiting", "待巡查"
    FOUND = "found", "发现疑似侵权"
    CLEAN = "clean", "未发现"
    NO_WORK = "no_work", "缺少作品，未能比对"
    GONE = "gone", "页面已不存在"
    FAILED = "failed", "未能访问"


class LeadColumn(Labelled):
    """What is said of a lead, each by the one word that the screen, both ledgers and reports have for it."""

    NUMBER = "number", "编号"
    GRADE = "grade", "等级"
    SCORE = "score", "得分"
    STATUS = "status", "办理状态"
    FIELD = "field", "领域"
    KIND = "kind", "比对结果"
    WORK = "work", "作品"
    HOLDER = "holder", "权利人"
    REGISTRATION = "registration", "登记号"
    TITLE = "title", "页面标题"
    URL = "url", "网址"
    PLATFORM = "platform", "平台"
    SELLER = "seller", "店铺或账号"
    SELLER_URL = "seller_url", "店铺或账号主页"
    PRICE = "price", "标价（元）"
    SALES = "sales", "页面所示销量"
    VIEWS = "views", "页面所示浏览量"
    PROBABILITY = "probability", "比对把握"
    REASONS = "reasons", "主要依据"
    FOUND_AT = "found_at", "发现时间"
    CAPTURED_AT = "captured_at", "最近取证时间"
    CAPTURES = "captures", "取证份数"
    SHA256 = "sha256", "最近取证记录 SHA-256"
    DEPARTMENT = "department", "承办部门"
    CAMPAIGN = "campaign", "专项行动"
    LAST_EVENT = "last_event", "最近办理"


class CampaignItem(Labelled):
    """专项行动总结的栏目, in the order in which a summary has them."""

    unit: str

    def __new__(cls, value: str, label: str = "", unit: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.unit = label or value, unit
        return member

    SITES = "sites", "巡查网站", "家次"
    LINKS_REMOVED = "links_removed", "删除侵权链接", "条"
    SITES_CLOSED = "sites_closed", "关闭网站/APP", "个"
    COPIES_SEIZED = "copies_seized", "收缴制品", "件"
    CASES = "cases", "查办案件", "件"
    CRIMINAL_CASES = "criminal_cases", "其中刑事案件", "件"
    AMOUNT = "amount", "涉案金额", "元"
    PLATFORMS_SUMMONED = "platforms_summoned", "约谈平台", "家"
    ACCOUNTS_BANNED = "accounts_banned", "封禁账号", "个"
    WORKS_WARNED = "works_warned", "预警作品", "部"


class PageState(Labelled):
    """What a captured page was: a page with content, or one of the states a site file names."""

    PRESENT = "present", "正常"
    GONE = "gone", "已删除或下架"
    LOGGED_OUT = "logged_out", "需要登录"
    BLOCKED = "blocked", "被网站拦截"


class UnreadReason(Labelled):
    """未读到内容的原因: why what a page shows did not reach us as text."""

    SCRIPT = "script", "要靠脚本"
    FRAME = "frame", "内嵌页面"
    PICTURE = "picture", "图片或画布"
    FONT = "font", "自造字体"
    LOGIN = "login", "登录页"
    WALL = "wall", "验证或拦截页"
    BLANK = "blank", "空白"
    CUT = "cut", "不完整"
    ERROR = "error", "错误页"


class RunStatus(Labelled):
    """State of a patrol, and of one target within it."""

    PENDING = "pending", "未开始"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    INTERRUPTED = "interrupted", "已中断"
    FAILED = "failed", "失败"
    SKIPPED = "skipped", "未巡查"


IMPORTED = "导入"
"""Stands in the place of a site's name for what was not fetched but brought: pages of no known site, imported files."""

FIELD_OF_WORK = "导入，领域随作品"
"""``Target.source`` of a target for which nobody named a field: its leads get the field of the work."""


class PageKind(Labelled):
    """The kinds of page for which there is a spider."""

    LISTING = "listing", "商品列表"
    VIDEO = "video", "视频"
    POST = "post", "帖子"
    ARTICLE = "article", "文章"
    SHARE = "share", "网盘分享"
    COLLECTIBLE = "collectible", "数字藏品"
