"""Demo town: says what stands where, every page with what it is (planted copy or innocent look-alike).

Writers' texts come from ``texts/``, mechanical copies are cut from the works by ``plan.yaml``, everyday goods
come from ``goods.yaml``. The same seed always gives the same town, so ``truth.json`` can be a reviewed file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from patrol.demo.disguise import DISGUISES

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "texts"
SITES = ("shop", "video", "forum", "novel", "netdisk", "nft")
SEED = 2022


@dataclass(frozen=True, slots=True)
class DemoWork:
    """A protected work of the demo: front matter of its Markdown file, and its prose."""

    id: str
    meta: dict[str, Any]
    text: str
    path: Path

    @property
    def title(self) -> str:
        return str(self.meta["title"])


@dataclass(frozen=True, slots=True)
class DemoPage:
    """One page of content. ``label`` is a match kind when something is planted, else ``innocent`` or
    ``authorised``; ``path`` is its address on the site; ``parts`` is its text as the site splits it."""

    id: str
    site: str
    label: str
    work: str | None
    title: str
    author: str
    text: str
    price: float | None = None
    sales: int | None = None
    category: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def path(self) -> str:
        prefix = {
            "shop": "/item/", "video": "/v/", "forum": "/thread/", "novel": "/read/", "netdisk": "/s/", "nft": "/nft/"
        }[self.site]  # fmt: skip
        return f"{prefix}{self.id}.html" if self.site in ("shop", "novel") else f"{prefix}{self.id}"

    @property
    def paragraphs(self) -> list[str]:
        return [line.strip() for line in self.text.split("\n") if line.strip()]

    def parts(self, size: int = 500) -> list[list[str]]:
        """Return the paragraphs, split into runs of about ``size`` characters, as novel sites split a chapter."""
        pages: list[list[str]] = [[]]
        length = 0
        for paragraph in self.paragraphs:
            if length >= size:
                pages.append([])
                length = 0
            pages[-1].append(paragraph)
            length += len(paragraph)
        return pages


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def front_matter(path: Path) -> tuple[dict[str, Any], str]:
    """Split a Markdown file into its front matter and its body."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return YAML(typ="safe", pure=True).load(head), body.strip()


def prose(markdown: str) -> str:
    """Return the body as a page would show it: heading marks, emphasis, list and table marks taken off."""
    lines = []
    for raw in markdown.splitlines():
        line = re.sub(r"^\s*(#{1,6}|>|[-*+])\s+", "", raw)
        line = re.sub(r"\*\*|__|`", "", line)
        if re.fullmatch(r"[\s|:\-]*", line):
            continue
        lines.append(line.strip().strip("|").replace("|", "　"))
    return "\n".join(lines)


@cache
def works() -> dict[str, DemoWork]:
    found = {}
    for path in sorted((TEXTS / "works").rglob("*.md")):
        meta, body = front_matter(path)
        found[meta["id"]] = DemoWork(meta["id"], meta, prose(body), path)
    return found


def cut(text: str, start: float, characters: int) -> str:
    """Cut about ``characters`` characters out of ``text``, from the paragraph at the fraction ``start`` on."""
    begin = text.rfind("\n", 0, int(len(text) * start)) + 1
    piece = text[begin : begin + characters]
    end = max(piece.rfind(mark) for mark in "。！？”\n")
    return piece[: end + 1] if end > characters // 2 else piece


def _slug(site: str, number: int) -> str:
    """An address that tells nothing of what is planted."""
    if site == "netdisk":
        return "1" + sha256(f"{SEED}/{number}".encode()).hexdigest()[:10]
    return str({"shop": 30210, "video": 77001, "forum": 5120, "novel": 910, "nft": 88}[site] + number)


def _written(folder: Path) -> Iterator[DemoPage]:
    homes = read_yaml(HERE / "plan.yaml")["homes"]
    for path in sorted(folder.rglob("*.md")):
        meta, body = front_matter(path)
        site = next((h["site"] for h in homes if re.fullmatch(h["id"], meta["id"])), "novel")
        yield DemoPage(
            id=meta["id"],
            site=site,
            label=meta["label"],
            work=meta["work"],
            title=meta["title"],
            author=meta["author"],
            text=prose(body),
        )


def _listed(path: Path, site: str | None) -> Iterator[DemoPage]:
    for entry in read_yaml(path):
        yield DemoPage(
            id=entry["id"],
            site=site or entry["site"],
            label=entry["kind"],
            work=entry["work"],
            title=entry["title"],
            author=entry.get("seller") or entry.get("author"),
            text=entry["body"],
            price=entry.get("price"),
            sales=entry.get("sales"),
        )


def _planned(hosts: dict[str, DemoPage]) -> Iterator[DemoPage]:
    for entry in read_yaml(HERE / "plan.yaml")["plants"]:
        random = Random(f"{SEED}/{entry['id']}")
        text = cut(works()[entry["work"]].text, entry["from"], entry["characters"])
        if "disguise" in entry:
            text = DISGUISES[entry["disguise"]](text, random)
        if "inside" in entry:
            host = hosts[entry["inside"]].paragraphs
            middle = len(host) // 2
            text = "\n".join([*host[:middle], text, *host[middle:]])
        yield DemoPage(
            id=entry["id"],
            site=entry["site"],
            label=entry["label"],
            work=entry["work"],
            title=entry["title"],
            author=entry["author"],
            text=text,
            price=entry.get("price"),
        )


def _goods() -> Iterator[DemoPage]:
    """Everyday goods, clips and collectibles: the bulk of what an honest site shows."""
    tables = read_yaml(HERE / "goods.yaml")
    for site, table in tables.items():
        random = Random(f"{SEED}/{site}")
        things = [(good, variant) for variant in table["variants"] for good in table["things"]]
        for number, (good, variant) in enumerate(things):
            sentences = random.sample(table["sentences"], 3)
            price = good.get("price")
            yield DemoPage(
                id=f"{site}-goods-{number}",
                site=site,
                label="innocent",
                work=None,
                title=f"{good['title']} {variant}".strip(),
                author=random.choice(table["sellers"]),
                text=good["about"] + "".join(sentences),
                price=round(price * random.choice((1, 1.2, 1.5)), 1) if price else None,
                sales=random.randint(3, 30000),
            )


def _stocks() -> Iterator[DemoPage]:
    """Shops whose listings accuse nobody one by one; what tells is their number, or the licence that they show."""
    for shop, table in enumerate(read_yaml(HERE / "plan.yaml")["stocks"]):
        titles = [f"{subject} {grade}" for subject in table["subjects"] for grade in table["grades"]]
        for number, title in enumerate(titles):
            publisher = table["publishers"][number % len(table["publishers"])]
            yield DemoPage(
                id=f"shop-stock-{shop}-{number}",
                site="shop",
                label="innocent",
                work=None,
                title=title if "绘本" in title else f"{title} 教辅",
                author=table["seller"],
                text=f"出版社：{publisher}。{title}，{table['about']}",
                price=table["price"],
                sales=20 + number,
            )


@dataclass(frozen=True, slots=True)
class Town:
    """All pages, by site, in the order in which the sites list them."""

    pages: tuple[DemoPage, ...]

    def on(self, site: str) -> list[DemoPage]:
        return [page for page in self.pages if page.site == site]

    def truth(self) -> list[dict[str, str | None]]:
        """Return what must and must not be found, one row a page, then the sites and shops, as ``truth.json`` keeps it."""
        rows: list[dict[str, str | None]] = [
            {"site": p.site, "path": p.path, "label": p.label, "work": p.work} for p in self.pages
        ]
        return rows + [{**row, "work": None} for row in read_yaml(HERE / "plan.yaml")["premises"]]


@cache
def build_town() -> Town:
    """Build the whole town, mixed so that planted pages do not stand together."""
    composed = {page.id: page for page in (*_written(TEXTS / "pages"), *_goods())}
    everything: list[DemoPage] = [
        *composed.values(),
        *_stocks(),
        *_listed(TEXTS / "pages" / "scripts" / "posts.yaml", "forum"),
        *_listed(TEXTS / "pages" / "stories" / "listings.yaml", None),
        *_planned(composed),
    ]
    return Town(tuple(_addressed(everything)))


def _addressed(pages: Iterable[DemoPage]) -> Iterator[DemoPage]:
    by_site: dict[str, list[DemoPage]] = {site: [] for site in SITES}
    for page in pages:
        by_site[page.site].append(page)
    for site, here in by_site.items():
        Random(f"{SEED}/order/{site}").shuffle(here)
        for number, page in enumerate(here):
            yield DemoPage(
                id=_slug(site, number * 7 if site == "shop" else number),
                site=site,
                label=page.label,
                work=page.work,
                title=page.title,
                author=page.author,
                text=page.text,
                price=page.price,
                sales=page.sales,
                category=page.category,
            )
