"""Doctor: tells whether everything is here that a patrol needs, a line a matter, each with what to do when it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import fingerprints
from fingerprints.errors import FingerprintError
from patrol import clock
from patrol.chromium import find_browser
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.net.geoip import AddressTable
from patrol.works.library import index_path

State = Literal["ok", "warn", "fail"]
_MIN_FREE = 2 * 1024**3
_LIBRARIES = ("scrapy", "scrapy-playwright", "sqlalchemy", "numpy", "numba", "warcio", "resiliparse")


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """One matter: ``ok``, ``warn`` (works, but something is missing) or ``fail`` (no patrol is possible)."""

    matter: str
    state: State
    said: str
    remedy: str = ""


def examine(workspace: Workspace | None) -> Iterator[DoctorLine]:
    """Yield what was found, in the order in which one would mend it. ``workspace`` None: there is none here."""
    yield _python()
    yield _libraries()
    yield _browser(workspace)
    yield _font()
    yield _clock()
    if workspace is None:
        yield DoctorLine(
            "工作区", "warn", "当前目录不在工作区里", "运行 patrol init 目录名 建一个，或用 --workspace 指明"
        )
        return
    yield DoctorLine("工作区", "ok", str(workspace.root))
    for check in (_database, _index, _disk, _writable, _addresses):
        yield _safely(check, workspace)


def _addresses(workspace: Workspace) -> DoctorLine:
    """地址表"""
    if workspace.address_table is None:
        said = "没有配置，巡查不看服务器是否在境外"
        return DoctorLine("地址表", "ok", said, "需要时在 patrol.toml 的 [signals] 里填 address_table")
    AddressTable.load(workspace.address_table)
    return DoctorLine("地址表", "ok", str(workspace.address_table))


def _safely(check: Callable[[Workspace], DoctorLine], workspace: Workspace) -> DoctorLine:
    try:
        return check(workspace)
    except PatrolError as error:
        return DoctorLine(check.__doc__ or "检查", "fail", str(error))


def _python() -> DoctorLine:
    found = ".".join(map(str, sys.version_info[:3]))
    return DoctorLine("Python", "ok", found)


def _libraries() -> DoctorLine:
    missing = []
    for name in _LIBRARIES:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return DoctorLine("程序库", "fail", f"缺少 {'、'.join(missing)}", "在程序目录运行 make setup")
    return DoctorLine("程序库", "ok", "齐全")


def _browser(workspace: Workspace | None) -> DoctorLine:
    try:
        found = find_browser(workspace)
    except PatrolError as error:
        return DoctorLine("浏览器", "warn", str(error))
    if found is None:
        return DoctorLine(
            "浏览器", "warn", "没有可用浏览器，靠脚本生成的网站不能巡查", "运行 make browser，或安装 chromium 软件包"
        )
    return DoctorLine("浏览器", "ok", str(found))


def _font() -> DoctorLine:
    fc_list = shutil.which("fc-list")
    if fc_list:
        listed = subprocess.run([fc_list, ":lang=zh"], capture_output=True, text=True, timeout=20, check=False)
        if listed.stdout.strip():
            return DoctorLine("中文字体", "ok", "已安装")
    return DoctorLine("中文字体", "warn", "没有中文字体，网页截图里的汉字会变成方框", "安装 fonts-noto-cjk 软件包")


def _clock() -> DoctorLine:
    now = clock.now()
    if clock.year_of(now) < 2026:
        return DoctorLine(
            "时钟", "fail", f"系统时间是 {clock.show_minute(now)}，不对", "请先校准系统时间，取证时间以它为准"
        )
    return DoctorLine("时钟", "ok", f"北京时间 {clock.show_second(now)}")


def _database(workspace: Workspace) -> DoctorLine:
    """数据库"""
    database = Database.ready(workspace.database_url)
    url = database.engine.url.render_as_string(hide_password=True)
    database.close()
    return DoctorLine("数据库", "ok", url)


def _index(workspace: Workspace) -> DoctorLine:
    """比对库"""
    path = index_path(workspace)
    if path is None:
        return DoctorLine("比对库", "warn", "还没有作品", "运行 patrol works import 导入作品")
    try:
        index = fingerprints.Index.open(path)
    except FingerprintError as error:
        return DoctorLine("比对库", "warn", f"需要重建（{error}）", "下次巡查或导入作品时会自动重建")
    return DoctorLine("比对库", "ok", f"{len(index.works)} 部作品，{index.characters / 10000:.1f} 万字")


def _disk(workspace: Workspace) -> DoctorLine:
    """磁盘"""
    free = shutil.disk_usage(workspace.root).free
    said = f"剩余 {free / 1024**3:.1f} GB"
    if free < _MIN_FREE:
        return DoctorLine("磁盘", "warn", said, "请清理磁盘，证据会越积越多")
    return DoctorLine("磁盘", "ok", said)


def _writable(workspace: Workspace) -> DoctorLine:
    """证据目录"""
    probe: Path = workspace.evidence / ".probe"
    try:
        workspace.evidence.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return DoctorLine("证据目录", "fail", f"{workspace.evidence} 写不进去：{error.strerror}", "请检查文件夹权限")
    return DoctorLine("证据目录", "ok", str(workspace.evidence))
