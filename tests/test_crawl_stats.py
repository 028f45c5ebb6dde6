"""What rooms tell each other about a crawl goes by declared names; each is written by somebody and read by somebody."""

from __future__ import annotations

import ast
import re

from patrol import crawl_stats
from patrol.config import CHECKOUT
from patrol.crawl_stats import Count, Counts, Fates, Words

DECLARED = {name: one for name, one in vars(crawl_stats).items() if isinstance(one, Count | Counts | Words | Fates)}
FOR_THE_LOG = {"PAGES", "HOMES", "MATCHES", "IMAGES", "BROWSER_REFUSED"}
"""Read by people only: Scrapy writes all statistics into the log at a crawl's end."""


def sources() -> dict[str, str]:
    roots = ("patrol", "spiders", "pipelines", "reports")
    paths = [path for root in roots for path in (CHECKOUT / root).rglob("*.py")]
    return {str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8") for path in paths}


def test_keys_are_told_apart() -> None:
    keys = [one.key for one in DECLARED.values()]
    assert len(keys) > 20
    assert len(set(keys)) == len(keys)
    for one in DECLARED.values():
        if isinstance(one, Counts):
            assert not [key for key in keys if key.startswith(f"{one.key}/")], one


def test_nobody_writes_a_key_of_ours_but_by_its_name() -> None:
    heads = tuple({one.key for one in DECLARED.values()})
    found = []
    for name, text in sources().items():
        if name == "patrol/crawl_stats.py":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(heads):
                found.append((name, node.value))
    assert found == []


def test_every_name_has_a_writer_and_a_reader() -> None:
    text = "\n".join(text for name, text in sources().items() if name != "patrol/crawl_stats.py")
    text = re.sub(
        r"\(crawl_stats\.(\w+) if .*? else crawl_stats\.(\w+)\)(\.\w+)", r"crawl_stats.\1\3() crawl_stats.\2\3", text
    )
    written = set(re.findall(r"crawl_stats\.(\w+)\.(?:add|put)\(", text))
    read = set(re.findall(r"crawl_stats\.(\w+)\.of\(", text))
    assert set(DECLARED) - written == set()
    assert set(DECLARED) - read == FOR_THE_LOG
