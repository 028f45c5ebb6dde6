"""Crawl settings: find the site file and the office's configuration over it, and put them as Scrapy's settings."""

from __future__ import annotations

from typing import Any

from patrol.config import CHECKOUT, Workspace
from patrol.directory import SiteFile, load_site, single_page_site
from patrol.errors import ConfigError


def find_workspace(named: str | None) -> Workspace | None:
    """Find the workspace, or None: a spider can be tried without one."""
    try:
        return Workspace.find(named)
    except ConfigError:
        return None


def find_site_file(workspace: Workspace | None, name: str) -> SiteFile:
    """Find the site's file in the workspace, else in the checkout. Raises ConfigError."""
    folders = workspace.site_folders if workspace else (CHECKOUT / "spiders" / "sites",)
    for folder in folders:
        if (folder / name / "site.yaml").is_file():
            return load_site(folder / name)
    stranger = single_page_site(name)
    if stranger is not None:
        return stranger
    raise ConfigError(f"没有名为“{name}”的站点文件。可用 patrol sites list 查看已有站点")


def crawl_settings(file: SiteFile, workspace: Workspace | None) -> dict[str, Any]:
    """Return what the office sets for all sites; a site file may only be more patient."""
    pace = file.pace
    values: dict[str, Any] = {"DOWNLOAD_DELAY": pace.delay, "CONCURRENT_REQUESTS_PER_DOMAIN": pace.at_once}
    if workspace is not None:
        crawl = workspace.config.crawl
        values["DOWNLOAD_DELAY"] = max(pace.delay, crawl.delay)
        values["CONCURRENT_REQUESTS_PER_DOMAIN"] = min(pace.at_once, crawl.at_once)
        values["USER_AGENT"] = crawl.user_agent
        values["DOWNLOAD_TIMEOUT"] = crawl.timeout
        values["DOWNLOAD_MAXSIZE"] = crawl.max_page_bytes
    if file.robots_authority:
        values["ROBOTSTXT_OBEY"] = False
    patient = values["DOWNLOAD_DELAY"] > 0
    at_once = values["CONCURRENT_REQUESTS_PER_DOMAIN"]
    values["AUTOTHROTTLE_ENABLED"] = patient
    values["AUTOTHROTTLE_START_DELAY"] = values["DOWNLOAD_DELAY"]
    values["AUTOTHROTTLE_TARGET_CONCURRENCY"] = float(at_once)
    if patient:
        # What waits in the downloader is sent even when the site has shown us the door meanwhile.
        values["CONCURRENT_REQUESTS"] = at_once
    return values
