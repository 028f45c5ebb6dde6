"""Sample check: reads a site's samples again offline, as of their own time (``python -m spiders.samples FOLDER…``).

One process for all sites; each field is one JSON line on standard output, which ``patrol sites check`` shows.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from patrol import clock
from patrol.directory import Rule, SiteFile, SiteProblem, load_site
from patrol.directory.site_model import EXTRACT_HELP
from patrol.directory.site_samples import (
    NOTHING,
    PAGE_WORDS,
    Sample,
    abridged,
    load_sample,
    sample_folders,
    state_named,
)
from patrol.tables.gone import gone_words
from patrol.vocabulary import PageState
from spiders.crawl_settings import find_workspace
from spiders.links import Links
from spiders.reading.extract import Extractor
from spiders.reading.page import Page
from spiders.reading.page_state import StateClassifier
from spiders.reading.values import parse_date, parse_number

Verdict = Literal["same", "differs", "unconfirmed", "unlisted", "known", "mended", "problem"]
"""``unconfirmed``: no person has looked; ``unlisted``: read, but not written down; ``known``: differs as ``xfail`` says;
``mended``: ``xfail`` says it differs, but it does not; ``problem``: the sample cannot be read."""

_NUMBERS = ("price", "sales", "views", "links")


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one sample; ``differs`` also for unconfirmed ones."""

    site: str
    sample: str
    field: str
    title: str
    expected: object
    got: object
    rule: str
    verdict: Verdict
    differs: bool = False
    reason: str = ""


def check_site(folder: Path) -> Iterator[Row]:
    """Check every field of every sample of a site."""
    samples = sample_folders(folder)
    if not samples:
        return
    try:
        site = load_site(folder)
    except SiteProblem as problem:
        yield Row(folder.name, "", "", "", "", "", "", "problem", True, str(problem))
        return
    for place in samples:
        try:
            sample = load_sample(place)
        except SiteProblem as problem:
            yield Row(folder.name, place.name, "", "", "", "", "", "problem", True, str(problem))
            continue
        yield from check_sample(folder.name, site, sample)


def check_sample(name: str, site: SiteFile, sample: Sample) -> Iterator[Row]:
    """Hold what the sample's page gives by today's site file against what is written down."""
    got = _read(site, sample)
    for field, title in ((field, PAGE_WORDS.get(field) or EXTRACT_HELP[field][0]) for field in got):
        value, rule = got[field]
        confirmed, waiting = field in sample.expected, field in sample.unconfirmed
        wanted = sample.expected.get(field, sample.unconfirmed.get(field))
        if not confirmed and not waiting:
            if value not in ("", ()):
                yield Row(name, sample.name, field, title, "", _shown(value), rule, "unlisted")
            continue
        differs = not _agree(field, wanted, value, sample)
        reason = sample.xfail.get(field) or sample.xfail.get("", "")
        verdict: Verdict = "unconfirmed"
        if confirmed:
            verdict = "differs" if differs else "same"
            if reason and (differs or field in sample.xfail):
                verdict = "known" if differs else "mended"
        yield Row(name, sample.name, field, title, wanted, _shown(value), rule, verdict, differs, reason)


def _read(site: SiteFile, sample: Sample) -> dict[str, tuple[object, str]]:
    """Field → what is read and the rule that gave it, in the order in which they are shown."""
    facts = sample.facts
    workspace = find_workspace(None)
    root = workspace.root if workspace is not None else None
    if facts.rendered:
        page = Page(facts.url, sample.body().decode("utf-8", "replace"), facts.captured_at, sample.api())
    else:
        page = Page.from_bytes(facts.url, sample.body(), facts.content_type, facts.captured_at)
    state = StateClassifier(site.states, gone_words(site.kind, root)).classify(page, facts.status)
    found: dict[str, tuple[object, str]] = {"state": (state.value, "states")}
    if facts.is_list:
        links = Links(site)
        found["links"] = (len(links.to_items(page)), _written(site.items) or "自动寻找")
        found["next"] = (next(iter(links.to_next(page)), ""), _written(site.next) or "自动寻找")
        return found
    extracted = asyncio.run(Extractor(site).read(page))
    rules = dict(extracted.rules)
    for field in EXTRACT_HELP:
        value = getattr(extracted, field) if state is PageState.PRESENT else ""
        found[field] = ("" if value is None else value, rules.get(field, ""))
    return found


def _written(rules: tuple[Rule, ...]) -> str:
    return "；".join(rule.written for rule in rules)


def _shown(value: object) -> object:
    """A value as ``expected.yaml`` has it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return clock.show_minute(value)
    if isinstance(value, tuple):
        return [str(part) for part in value]
    return abridged(str(value))


def _agree(field: str, wanted: object, value: object, sample: Sample) -> bool:
    if wanted == NOTHING:
        return value in ("", ())
    if isinstance(wanted, list) or isinstance(value, tuple):
        read = value if isinstance(value, tuple) else [value] if value else []
        return list(map(str, wanted if isinstance(wanted, list) else [wanted])) == list(map(str, read))
    written = " ".join(str(wanted).split())
    if field == "state":
        return state_named(written) == value
    if field in _NUMBERS:
        left, right = parse_number(written), parse_number(str(value)) if value != "" else None
        return left is not None and right is not None and left[0] == right[0]
    if field == "published" and isinstance(value, datetime):
        moment, shown = parse_date(written, sample.facts.captured_at), str(_shown(value))
        return moment == value or written == shown or (len(written) <= 10 and shown.startswith(written))
    whole = " ".join(str(value).split())
    return written in (whole, abridged(whole))


def main(folders: list[str]) -> None:
    for folder in folders:
        for row in check_site(Path(folder)):
            sys.stdout.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
