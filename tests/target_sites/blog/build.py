"""Write the articles, let Pelican build the blog, serve it: ``python -m tests.target_sites.blog.build`` in ``.venv-sites``."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.target_sites.essays import make_essays

POSTS = 48


def build(folder: Path, address: str) -> Path:
    """The folder that Pelican wrote."""
    from pelican import Pelican
    from pelican.settings import DEFAULT_CONFIG, configure_settings

    content = folder / "content"
    content.mkdir(parents=True)
    for essay in make_essays(POSTS, seed="blog"):
        head = (
            f"Title: {essay.title}\nDate: {essay.published:%Y-%m-%d %H:%M}\nCategory: {essay.category}\n"
            f"Tags: {', '.join(essay.tags)}\nAuthor: {essay.author}\n\n"
        )
        (content / f"essay-{essay.number}.md").write_text(head + "\n\n".join(essay.paragraphs), encoding="utf-8")
    settings: dict[str, Any] = {
        "PATH": str(content), "OUTPUT_PATH": str(folder / "output"), "CACHE_PATH": str(folder / "cache"),
        "SITENAME": "河湾手记", "SITEURL": address, "AUTHOR": "苏木", "TIMEZONE": "Asia/Shanghai",
        "DEFAULT_LANG": "zh", "DEFAULT_PAGINATION": 10, "PLUGINS": ["sitemap"],
        "FEED_ALL_ATOM": "feeds/all.atom.xml", "FEED_ALL_RSS": "feeds/all.rss.xml",
        "SITEMAP": {"format": "xml", "exclude": ["tag/", "author/", "category/"]},
        "DEFAULT_DATE_FORMAT": "%Y年%m月%d日",
    }  # fmt: skip
    Pelican(configure_settings({**DEFAULT_CONFIG, **settings})).run()
    return folder / "output"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said of each request."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    output = build(chosen.folder.resolve(), f"http://127.0.0.1:{chosen.port}")
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), partial(_Quiet, directory=str(output)))
    Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
