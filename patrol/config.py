"""Configuration: reads a workspace's ``patrol.toml`` as one typed model; errors name the line's key in Chinese.

The workspace is the folder given by ``--workspace``, else ``PATROL_WORKSPACE``, else the nearest folder at or
above the current one that holds a ``patrol.toml``.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patrol.errors import ConfigError

CONFIG_NAME = "patrol.toml"
CHECKOUT = Path(__file__).resolve().parent.parent


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Office(_Section):
    """[office]: who patrols; stands on every report."""

    name: str = Field("某镇版权工作站", title="单位名称", description="印在报告和文书上的单位名称")
    region: str = Field("", title="辖区", description="例如“浙江省某市某县某镇”")
    officers: tuple[str, ...] = Field(
        (), title="执法人员", description='审核取证快照时默认的两名执法人员，例如 ["张三", "李四"]'
    )
    reviewer: str = Field("", title="审核人", description="审核取证快照时默认的审核人")


class Storage(_Section):
    """[storage]: where things are kept. Paths are relative to the workspace."""

    database: str = Field(
        "sqlite:///patrol.db",
        title="数据库地址",
        description="默认 SQLite；可改为 postgresql+psycopg://用户:口令@主机/库名",
    )
    evidence: str = Field("evidence", title="证据目录", description="网页快照（WARC）存放处")
    index: str = Field("index", title="比对库目录", description="文本指纹索引存放处")
    reports: str = Field("reports", title="报告目录", description="生成的报告存放处")
    sites: str = Field("sites", title="站点目录", description="本单位自加的站点文件；与程序自带站点一并使用")


class Evidence(_Section):
    """[evidence]: time-stamps and the clock."""

    timestamp_authorities: tuple[str, ...] = Field(
        (),
        title="时间戳服务",
        description="RFC 3161 时间戳服务地址，每个都请求；只发送证据链的摘要值。默认不填，不向境外发送任何内容",
    )
    timestamp_roots: str = Field(
        "",
        title="时间戳根证书",
        description="时间戳服务机构公布的根证书（PEM 文件，可含多张）；填了时间戳服务就必须填，否则无从核验",
    )
    time_servers: tuple[str, ...] = Field(
        (),
        title="时间服务器",
        description="每次巡查前核对本机时钟用的 NTP 服务器（域名或地址，可带端口）；默认不填，只看系统自己的时间服务",
    )


class Browser(_Section):
    """[browser]: which Chromium renders pages that need one."""

    executable: str = Field("", title="浏览器程序", description="Chromium 或 Chrome 的路径；留空则自动查找")


class Crawl(_Section):
    """[crawl]: how the program behaves towards all sites; a site file may only be more polite."""

    user_agent: str = Field(
        "PatrolBot/0.1 (copyright office web patrol)", title="访问标识", description="访问网站时表明身份的 User-Agent"
    )
    delay: Annotated[float, Field(ge=0)] = Field(1.0, title="访问间隔", description="对同一网站两次访问之间的秒数")
    at_once: Annotated[int, Field(ge=1, le=32)] = Field(2, title="同时访问数", description="对同一网站同时打开的页面数")
    max_page_bytes: Annotated[int, Field(ge=1024)] = Field(
        16 * 1024 * 1024, title="单页上限", description="单个页面的最大字节数，超过即放弃"
    )
    timeout: Annotated[float, Field(gt=0)] = Field(30.0, title="超时", description="等待一个页面的最长秒数")


class Matching(_Section):
    """[matching]: how pages are compared."""

    workers: Annotated[int, Field(ge=0)] = Field(0, title="比对进程数", description="0 表示按处理器核数自动确定")
    floor: Annotated[float, Field(ge=0, le=1)] = Field(
        0.5, title="最低把握", description="低于此把握的比对结果不作为线索"
    )
    embedding_model: str = Field("", title="语义模型目录", description="可选；本机模型文件夹，留空不使用")


class Signals(_Section):
    """[signals]: what signs of a lead need from outside."""

    address_table: str = Field(
        "",
        title="地址表",
        description="IP 地址段与国别的对照表（CSV：起,止,国别 或 网段,国别；或 cn.zone 这样的网段清单），"
        "用来看服务器是否在境外；不填则不看这一项",
    )


class Config(_Section):
    """The whole of ``patrol.toml``."""

    office: Office = Office()
    storage: Storage = Storage()
    evidence: Evidence = Evidence()
    browser: Browser = Browser()
    crawl: Crawl = Crawl()
    matching: Matching = Matching()
    signals: Signals = Signals()


@dataclass(frozen=True)
class Workspace:
    """A folder with its ``patrol.toml``. All paths are absolute; nothing is created by looking."""

    root: Path
    config: Config

    @classmethod
    def find(cls, start: Path | str | None = None) -> Workspace:
        """Open the workspace named by ``start``, ``PATROL_WORKSPACE`` or the current folder and those above it.

        Raises ConfigError when there is none or its ``patrol.toml`` is wrong.
        """
        named = start or os.environ.get("PATROL_WORKSPACE")
        if named:
            root = Path(named).expanduser().resolve()
            if not (root / CONFIG_NAME).is_file():
                raise ConfigError(f"“{root}”不是工作区：里面没有 {CONFIG_NAME}。请先运行 patrol init {named}")
            return cls(root, load_config(root / CONFIG_NAME))
        found = cls._around()
        if found is None:
            raise ConfigError(
                f"当前目录及上级目录都没有 {CONFIG_NAME}。请先运行 patrol init 目录名，或用 --workspace 指明工作区"
            )
        return found

    @classmethod
    def find_or_none(cls) -> Workspace | None:
        """Open the same workspace; None where none is named and none is around. Raises ConfigError for a faulty one."""
        return cls.find() if os.environ.get("PATROL_WORKSPACE") else cls._around()

    @classmethod
    def _around(cls) -> Workspace | None:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / CONFIG_NAME).is_file():
                return cls(folder, load_config(folder / CONFIG_NAME))
        return None

    def path(self, relative: str) -> Path:
        return (self.root / relative).resolve()

    @cached_property
    def evidence(self) -> Path:
        return self.path(self.config.storage.evidence)

    @cached_property
    def index(self) -> Path:
        return self.path(self.config.storage.index)

    @cached_property
    def reports(self) -> Path:
        return self.path(self.config.storage.reports)

    @cached_property
    def address_table(self) -> Path | None:
        """The table of addresses and countries, where the settings name one."""
        return self.path(self.config.signals.address_table) if self.config.signals.address_table else None

    @cached_property
    def site_folders(self) -> tuple[Path, ...]:
        """Where site folders are looked for, the workspace's own before the program's."""
        return (self.path(self.config.storage.sites), CHECKOUT / "spiders" / "sites")

    @cached_property
    def database_url(self) -> str:
        """The URL with a relative SQLite path made absolute within the workspace; ``PATROL_DATABASE`` overrides."""
        url = os.environ.get("PATROL_DATABASE") or self.config.storage.database
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith("sqlite:////") and ":memory:" not in url:
            return prefix + str(self.path(url.removeprefix(prefix)))
        return url


def load_config(path: Path) -> Config:
    """Read one ``patrol.toml``. Raises ConfigError naming the file and each faulty key in Chinese."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"无法读取 {path}：{error}。请用 UTF-8 编码保存") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} 格式有误：{error}。请检查引号、等号和方括号") from error
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        lines = [f"{path} 中 {'.'.join(map(str, e['loc']))}：{_said(e['type'], e['msg'])}" for e in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def _said(kind: str, message: str) -> str:
    known = {
        "extra_forbidden": "没有这一项，请检查拼写",
        "string_type": "应当是加引号的文字",
        "greater_than_equal": "数值太小",
        "greater_than": "数值太小",
        "less_than_equal": "数值太大",
        "missing": "缺少这一项",
    }
    if kind.startswith(("int", "float")):
        return "应当是数字"
    return known.get(kind, message)
