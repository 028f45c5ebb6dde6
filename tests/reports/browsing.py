"""Pages opened in the real browser by the tests of reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from patrol.chromium import find_browser

BROWSER = find_browser()


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(BROWSER), args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, path: Path, width: int = 1280, scheme: str = "light") -> Iterator[Page]:
    """``path`` as a page; what the page asks for, says to the console or wants to ask the reader is in ``page.said``."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.said = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.said.append(f"asked {request.url}"))  # type: ignore[attr-defined]
    page.on("console", lambda message: page.said.append(f"console {message.text}"))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.said.append(f"error {error}"))  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: (page.said.append(f"dialog {dialog.message}"), dialog.dismiss()))  # type: ignore[attr-defined]
    page.goto(path.as_uri())
    page.said.remove(f"asked {path.as_uri()}")  # type: ignore[attr-defined]
    yield page
    context.close()
