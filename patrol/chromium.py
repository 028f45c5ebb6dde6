"""Chromium: finds the browser named in the settings, else one on the machine, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from patrol.config import Workspace
from patrol.errors import ConfigError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def find_browser(workspace: Workspace | None = None) -> Path | None:
    """Find the browser to render pages with; None when there is none.

    Raises ConfigError when the settings name one that is not there.
    """
    named = workspace.config.browser.executable if workspace else ""
    if named:
        path = Path(named).expanduser()
        if not os.access(path, os.X_OK):
            raise ConfigError(
                f"patrol.toml 里指定的浏览器 {named} 不存在或不能运行。请改正 [browser] executable，或留空自动查找"
            )
        return path
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _from_playwright()


def _from_playwright() -> Path | None:
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(root.glob("chromium-*/chrome-linux*/chrome"))
    return found[-1] if found else None
