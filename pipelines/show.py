"""For ``patrol sites try``: writes down what was read off each page and by which rule; keeps and compares nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from patrol.directory.site_draft import Draft
from patrol.directory.site_model import EXTRACT_HELP
from patrol.items import PageItem


class ShowPipeline:
    """Appends one JSON line a page to the file named by the setting ``PATROL_SHOW``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ShowPipeline:
        return cls(Path(crawler.settings["PATROL_SHOW"]))

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Draft):
            self._path.write_text(item.model_dump_json(), encoding="utf-8")
        if isinstance(item, PageItem):
            rules = dict(item.extracted.rules)
            rows = [
                {
                    "field": name,
                    "title": title,
                    "value": _said(getattr(item.extracted, name)),
                    "rule": rules.get(name, ""),
                }
                for name, (title, _, _) in EXTRACT_HELP.items()
            ]
            line = {"url": item.url, "state": item.state.label, "fields": rows}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return item


def _said(value: Any) -> str:
    if value is None or value == () or value == "":
        return "—"
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
