"""Demo office: furnishes a workspace with the town's works, licences, sites and key directory, ready to patrol."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

from patrol.demo.town import HERE, SITES, TEXTS, build_town, works

_CONFIG = """\
[office]
name = "演示县版权工作站"
region = "演示县（虚构）"

[crawl]
delay = 0.0
at_once = 8
"""

_TARGETS = {
    "shop": ("小城书市", "图书"),
    "video": ("看看短视频", "短视频"),
    "forum": ("剧本集市论坛", "剧本杀"),
    "novel": ("墨香书屋", "网络文学"),
    "netdisk": ("云盘搜", "网盘"),
    "nft": ("星藏", "数字藏品"),
}


def furnish(root: Path, ports: Mapping[str, int]) -> None:
    """Lay out the office's files under ``root``: ``patrol.toml`` is overwritten, ``作品/`` and ``站点`` are made anew."""
    (root / "patrol.toml").write_text(_CONFIG, encoding="utf-8")
    shutil.copytree(TEXTS / "works", root / "works", dirs_exist_ok=True)
    for site in SITES:
        folder = root / "sites" / site
        folder.mkdir(parents=True, exist_ok=True)
        template = (HERE / "sites" / site / "site.yaml").read_text(encoding="utf-8")
        (folder / "site.yaml").write_text(template.replace("{port}", str(ports[site])), encoding="utf-8")
    _write(
        root / "directory.csv",
        ["名称", "领域", "站点", "频次", "备注"],
        [[name, field, site, "每周", "演示站点"] for site, (name, field) in _TARGETS.items()],
    )
    _write(
        root / "early-warning.csv",
        ["批次", "作品名称", "权利人", "类型"],
        [["演示第一批", work.title, work.meta.get("holder", ""), "微短剧"] for work in (works()["d2"],)],
    )
    licences = sorted(
        {(page.work, page.author, page.site) for page in build_town().pages if page.label == "authorised"}
    )
    _write(
        root / "authorizations.csv",
        ["作品", "被授权方", "站点", "起始日期", "截止日期"],
        [[work, seller, site, "2024-01-01", "2030-12-31"] for work, seller, site in licences if work in works()],
    )


def _write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows])
