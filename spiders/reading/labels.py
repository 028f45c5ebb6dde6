"""Labels: tells the lines of a page's frame (heads of lists, buttons, notices, dates) from its text.

Words are those of Chinese sites at large, none of a single site. A line is looked up by its first character, so that a
page of thousands of lines costs little; every pattern runs on short text only.
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Label(Enum):
    """What a line is for."""

    BUTTON = auto()
    """Something to click, a byline, what stands around a text: 分享到, 责任编辑, 上一篇."""
    DATE = auto()
    """A date with little around it."""
    NOTICE = auto()
    """A disclaimer, a shop's conditions."""
    RELATED = auto()
    """The head of a list of other pages."""
    REMARKS = auto()
    """The head of what readers say."""
    IMPRINT = auto()
    """Who runs the site, under which numbers."""


MAX_BUTTON = 80
MAX_HEAD = 40
MAX_DATE = 60
MAX_NOTICE = 300
"""Characters up to which a line may be one; longer lines are text whatever they begin with."""

MAX_WORDY = 30
"""Characters from which what begins like a button and has the points of a sentence is a sentence."""

_TAIL = " \n:：0123456789()（）"
_LEAD = " \t\u3000\n0123456789【[（(《「#◆●■·•>»→▍|*-—☆★※▲▼◎○※"
_END = r"[\s\d：:>»（()）\]】|]*$"


def _by_first(words: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in words.split():
        found.setdefault(word[0].lower(), []).append(word.lower())
    return {first: tuple(group) for first, group in found.items()}


_CREDITS = _by_first(
    """责任编辑 责编 编辑： 编辑: 编审 校对： 校对: 审核： 审核: 初审 终审 值班编辑 监制 统筹： 文章来源 信息来源 稿件来源 内容来源 来源： 来源: 出处： 出处: 原标题
    原文链接 本文链接 文章链接 转载请 转自： 转自: 文章标签 本文标签 标签： 标签: 关键词： 关键词: 关键字： 关键字: 文章关键词 分类： 分类: 栏目： 栏目: 话题： 话题:
    tag: tags: tag： tags： 时间： 时间: 日期： 日期: 发布时间 发布日期 更新时间 更新日期 分享到 分享至 分享： 分享: 上一篇 下一篇 上一章 下一章 您的位置 您所在的位置 当前位置
    您现在的位置 所在位置 首页>"""
)
_BUTTONS = _by_first(
    """上一页 上一条 上一节 上一个 上一回 上篇 上一集 下一页 下一条 下一节 下一个 下一回 下一集 前一篇 后一篇 前一页 后一页 返回首页 返回目录 返回列表 返回顶部
    返回书页 返回上页 返回搜狐 加入书签 加入书架 章节目录 章节列表 章节错误 投推荐票 推荐票 分享给 转发 一键分享 扫一扫 扫描 扫码 长按 关注我们 关注公众号
    关注微信 微信扫 微信号 微信公众 官方微信 官方微博 二维码 手机扫 手机看 手机阅读 手机访问 侵权 未经授权 未经许可 阅读原文 查看原文 查看更多 查看全部 加载更多
    加载中 正在加载 点击查看 点击进入 点击加载 点击下载 点击这里 点击此处 点击图片 点击按 举报 收藏 点赞 打赏 赞赏 赞同 已赞同 纠错 投诉 反馈 我要纠错 我要举报
    我要反馈 我要投稿 登录 登陆 注册 请登录 忘记密码 copyright © 下载app 下载客户端 打开app 打开客户端 客户端 app内 app打开 字号 字体 大中小 打印 关闭窗口
    阅读量 阅读数 浏览量 浏览次数 浏览： 浏览: 点击量 点击数 访问量 播放量 播放次数 发表于 发布于 更新于 编辑于 收起 展开全文 展开全部 展开更多 展开剩余 只看楼主
    只看该作者 广告 温馨提示"""
)
_NONE = ("\0",)
_WHOLE_LINES = """分享 赞 喜欢 回复 评论 目录 关闭 展开 收起 更多 顶 踩 打印 保存 收藏 关注 取消 确定 提交 发布 发表 搜索 微博 新浪微博 腾讯微博 搜狐微博 网易微博 微信 微信好友
    微信朋友圈 朋友圈 qq qq空间 qq好友 腾讯qq qzone 百度贴吧 人人 人人网 豆瓣 豆瓣网 开心网 复制链接 facebook twitter 海报 生成海报 举报 点赞
    首页 尾页 上页 下页 楼主 沙发 板凳 返回 置顶 精华 在看 写留言 分享收藏 大 中 小"""
_EXACT = frozenset(_WHOLE_LINES.split())
_NOTICES = _by_first(
    """声明： 声明: 版权声明 免责声明 特别声明 法律声明 郑重声明 权利声明 风险提示 风险声明 原创声明 重要声明 重要提示 特别提示 特别说明 郑重提示 本文仅代表 本文系 本文版权
    本文由 本文来源 本文为 本文不构成 本文内容 以上内容 以上信息 以上观点 以上仅 文章内容仅 文章仅代表 文章观点 本网站所 本站所有 本站内容 本站仅 本站不 本站为 本站转载 本网所有
    本网转载 本平台仅 凡本网 凡本站 凡注明 如本网 如本站 如有侵权 如果侵犯 如涉及版权 如需转载 若侵犯 若本站 版权所有 版权归 价格说明 免责申明 【免责 【版权 【声明 声明:本"""
)
_CONDITIONS = ("划线价", "结算页", "商品信息均来自", "促销信息以", "价格说明")
_SERVICES = ("售后服务", "正品行货", "七天无理由", "7天无理由", "发票", "全国联保")
_QUALIFIERS = (
    "热门|热点|最新|最热|精彩|精选|今日|本周|本月|猜你|为[您你]|编辑|站长|小编|店长|更多|其[他它]|同类|往期|近期|随机|延伸|推荐|关联|扩展|图片|频道|大家"
    "|[您你](?:可能|也许|或许)?(?:也|还|会)?|看[过了]|全部|最近|热销|新书|强烈|人气|点击|阅读|下载|销量|[周月日总]|相关|视频|新闻|热文|精品|重磅|独家|本站|本网"
)
_NOUNS = (
    "喜欢|感兴趣|想看|推荐|强推|阅读|文章|新闻|资讯|视频|图集|图片|话题|专题|内容|问题|帖子|主题|商品|产品|图书|小说|作品|书籍|排行|榜|热点|头条|关注|导读|回顾|更新|都在看|还看了|又看|在看"
    "|标签|搜索|动态|精彩|链接|观点|热榜|热搜|热文|好文|章节|收藏|订阅|报道|知识|热词|附件|下载|栏目|专栏|活动|游戏|随机"
)
_RELATED = re.compile(
    rf"(?:{_QUALIFIERS})的?(?:{_NOUNS})|(?:大家|网友|用户)(?:都在|正在|还在)?(?:看|搜|关注|热议)"
    rf"|(?:热门|推荐|猜你喜欢|相关|延伸阅读|排行榜?|友情链接|合作伙伴|关于我们|联系我们|网站地图|24小时|一周热点|热榜|热搜榜?|排行){_END}"
)
_REMARKS = re.compile(
    r"(?:[\d,.万]+\s*条?)?(?:网友|全部|最新|热门|最热|精彩|精选|用户|文章|读者|商品|更多|其[他它]|我的|查看)?"
    rf"(?:评论|留言|跟帖|回复|点评|回答|书评)(?:列表|区|内容|板)?{_END}"
    r"|(?:已有|共有?)?\s*[\d,.万]+\s*(?:条|人|次|个)(?:评论|参与|回复|跟帖|留言|回答)"
    r"|(?:发表|参与|我要|我来|写)(?:你的|您的)?(?:评论|回复|留言|点评|说两句)|网友评论"
)
_FIRST_OF_HEADS = frozenset(
    "热最精今本猜为编站小店更其同往近随延推关扩图频大您你看全新强人点阅下销周月日总相视重独网用友合联一排评留跟回书已共发参我写查商文读"
)
_IMPRINTS = (
    "ICP备", "ICP证", "icp备", "icp证", "公网安备", "版权所有", "ll rights reserved", "ll Rights Reserved", "opyright ©", "opyright©", "opyright (c)",
    "opyright(c)", "opyright (C)", "opyright &copy", "违法和不良信息", "违法不良信息", "备案号", "网络视听许可证", "互联网新闻信息服务许可", "增值电信业务",
)  # fmt: skip
_IMPRINT_SIGNS = ("备", "版权", "opyright", "ights ", "ICP", "不良", "增值", "许可", "未经")
"""One of these stands in every imprint: asked first, since nearly every line has none."""

_FORBIDDEN = re.compile(r"未经(?:本网|书面|授权|许可).{0,12}(?:转载|使用|不得)")
DATE = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|(?<!\d)\d{1,2}\s?[:：]\s?\d\d(?!\d)"
    r"|^\s*\d{1,2}[-月]\d{1,2}日?\s*$|\d{1,3}\s?(?:秒|分钟|小时|天|个月)前|昨天|刚刚"
)
_TIMELY = re.compile(r"[\d昨刚]")
SENTENCE = re.compile(r"[，。！？；…]|[a-z]{2}[,.;!?](?:\s|$)")
FLOOR = re.compile(r"\d\s?[楼#]|#\s?\d|沙发|板凳|楼主|发表于|回复|举报|赞同|只看该作者|[顶踩赞]\s?[\[(（]?\d")
"""What marks one post of a thread, together with a date."""

OTHERS = re.compile(r"(?:更多|其[他它]|全部)\s?(?:\d+\s?[个条])?(?:回答|评论|回复|帖子|书评)")


def label_of(text: str) -> Label | None:
    """Tell what a line is for; None for text."""
    length = len(text)
    if length > MAX_NOTICE:
        return None
    if any(map(text.__contains__, _IMPRINT_SIGNS)) and _is_imprint(text):
        return Label.IMPRINT
    line = text.lstrip(_LEAD).lower()
    first = line[:1]
    if length <= MAX_BUTTON:
        is_button = line.startswith(_BUTTONS.get(first, _NONE)) and (length <= MAX_WORDY or not SENTENCE.search(text))
        if is_button or line.startswith(_CREDITS.get(first, _NONE)) or line.rstrip(_TAIL) in _EXACT:
            return Label.BUTTON
    if line.startswith(_NOTICES.get(first, _NONE)) or (length >= MAX_WORDY and _is_condition(text)):
        return Label.NOTICE
    if length <= MAX_HEAD and (first in _FIRST_OF_HEADS or text[:1].isdigit() or text[:1] == "（"):
        if _REMARKS.match(text.lstrip(" \u3000【[·•■◆|")) or _REMARKS.match(line):
            return Label.REMARKS
        if _RELATED.match(line):
            return Label.RELATED
    if length <= MAX_DATE and _TIMELY.search(text) and DATE.search(text) and not SENTENCE.search(DATE.sub("", text)):
        return Label.DATE
    return None


def _is_imprint(text: str) -> bool:
    return any(map(text.__contains__, _IMPRINTS)) or _FORBIDDEN.search(text) is not None


def _is_condition(text: str) -> bool:
    """Whether a shop says how it sells, in words that all shops use."""
    return any(map(text.__contains__, _CONDITIONS)) or sum(map(text.__contains__, _SERVICES)) > 1
