"""Session commands: run ``patrol sites login | session | logout``, an officer's own login at a site."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from patrol import clock
from patrol.chromium import find_browser
from patrol.cli.console import console
from patrol.config import Workspace
from patrol.directory import SiteFile, SiteProblem, find_sites
from patrol.directory.login_sessions import (
    MAX_BYTES,
    Session,
    ends_at,
    forget_session,
    keep_session,
    parse_session,
    session_path,
    site_hosts,
)
from patrol.errors import ConfigError, InputError

_BY_FILE = (
    "在有桌面的电脑上登录这个网站，用浏览器扩展把 Cookie 导出成 cookies.txt 或 JSON（或用 Playwright 存 storage_state），"
    "拷到这台机器上，再运行：patrol sites session {site} 文件"
)


def login(site: Annotated[str, typer.Argument(metavar="站点", help="站点")]) -> None:
    """打开浏览器由您亲手登录，登录状态存入工作区供以后巡查使用。密码不经过本程序。

    例：patrol sites login mysite
    """
    workspace, known = _opened(site)
    if not _has_display():
        raise ConfigError(f"这台机器没有桌面，打不开浏览器窗口。{_BY_FILE.format(site=site)}")
    browser = find_browser(workspace)
    if browser is None:
        raise ConfigError(f"没有找到浏览器（Chromium 或 Chrome）。可先安装；或者：{_BY_FILE.format(site=site)}")
    state = login_by_hand(browser, known.front_page, workspace.config.crawl.user_agent, headless=False)
    _keep(workspace, site, known, parse_session(state, "浏览器"))


def session(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点")],
    file: Annotated[Path, typer.Argument(metavar="文件", help="storage_state JSON、cookies.txt 或 Cookie 的 JSON")],
) -> None:
    """导入在别处登录得到的登录状态。

    例：patrol sites session mysite cookies.txt
    """
    workspace, known = _opened(site)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"无法读取 {file}：{error.strerror}") from error
    _keep(workspace, site, known, parse_session(raw, file.name))
    console.print(f"{file} 等同于密码，导入后请删掉原文件。", markup=False)


def logout(site: Annotated[str, typer.Argument(metavar="站点", help="站点")]) -> None:
    """删掉存着的登录状态。

    例：patrol sites logout mysite
    """
    workspace = Workspace.find()
    console.print("已删掉登录状态。" if forget_session(workspace, site) else "本来就没有存登录状态。")


def login_by_hand(browser: Path, address: str, user_agent: str, *, headless: bool) -> bytes:
    """Open the site, wait until the officer presses Enter, and hand back the storage state as JSON."""
    from playwright.sync_api import Error, sync_playwright

    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(browser), headless=headless, args=arguments)
        context = opened.new_context(user_agent=user_agent, locale="zh-CN", accept_downloads=False)
        state: Any = None
        try:
            page = context.new_page()
            page.goto(address, wait_until="commit", timeout=60_000)
            console.print("请在打开的浏览器窗口里登录。登录成功、看到登录后的页面之后，回到这里按回车键。")
            sys.stdin.readline()
            state = context.storage_state()
        except Error as error:
            raise InputError(f"没有存成：浏览器窗口已关闭，或网站打不开（{error.message.splitlines()[0]}）") from error
        finally:
            opened.close()
    return json.dumps(state).encode()


def _opened(site: str) -> tuple[Workspace, SiteFile]:
    workspace = Workspace.find()
    session_path(workspace, site)
    known = find_sites(workspace.site_folders).get(site)
    if known is None:
        raise InputError(f"没有名为“{site}”的站点文件。可用 patrol sites list 查看")
    if isinstance(known, SiteProblem):
        raise known
    return workspace, known


def _keep(workspace: Workspace, site: str, known: SiteFile, found: Session) -> None:
    hosts = site_hosts(known)
    own = found.of(hosts)
    if not own.cookies and not own.storage:
        raise InputError(
            f"里面没有属于 {'、'.join(sorted(hosts))} 的登录状态。请确认登录的是站点“{known.name}”，再导出一次"
        )
    if own.has_expired(clock.now()):
        raise InputError("这份登录状态已经过期，请重新登录后再导出")
    path = keep_session(workspace, site, own)
    left = len(found.cookies) - len(own.cookies)
    console.print(f"已存入 {path}（{len(own.cookies)} 个 Cookie，仅本用户可读，不进证据）。", markup=False)
    if left:
        console.print(f"另有 {left} 个 Cookie 属于别的网站，没有保存。")
    if (end := ends_at(own)) is not None:
        console.print(f"其中最早的到 {clock.show_minute(end)} 到期；过期后该站点会暂停并提示重新登录。")


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
