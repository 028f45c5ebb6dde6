"""Samples (样本) of a site: keep pages in its folder with what a person says stands on them.

``samples/1-item/`` holds ``page.html`` (the bytes as they came, or the tree that the browser built), ``page.json``
(address, status, time, type), ``api.json`` where a browser fetched JSON, and ``expected.yaml``. Only what stands at the
top of ``expected.yaml`` counts; what stands under ``unconfirmed:`` was read by the program and waits for a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol.directory.site_draft import as_scalar
from patrol.directory.site_file import SiteProblem, read_mapping
from patrol.directory.site_model import EXTRACT_HELP
from patrol.errors import InputError, Problem
from patrol.files import making_folder, place_folder, replace_file
from patrol.items import Exchange
from patrol.validation import unknown_key
from patrol.vocabulary import PageState

EXPECTED = "expected.yaml"
PAGE_WORDS = {"state": "页面状态", "links": "条目数", "next": "下一页"}
KNOWN = (*PAGE_WORDS, *EXTRACT_HELP)
NOTHING = "无"
"""Written for a field that must not be found on the page."""

MAX_SHOWN_LENGTH = 120
"""Characters of a value from which only its beginning, end and length are written."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What ``page.json`` says."""

    url: str
    status: int
    captured_at: datetime
    content_type: str
    rendered: bool
    is_list: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """``expected``: confirmed by a person; ``unconfirmed``: read by the program only; ``xfail``: reasons why a field (or
    "" for all) is known to be read wrongly."""

    folder: Path
    facts: PageFacts
    expected: Mapping[str, Any]
    unconfirmed: Mapping[str, Any]
    xfail: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.folder.name

    def body(self) -> bytes:
        return (self.folder / "page.html").read_bytes()

    def api(self) -> tuple[tuple[str, bytes], ...]:
        file = self.folder / "api.json"
        if not file.exists():
            return ()
        return tuple((url, text.encode()) for url, text in json.loads(file.read_text(encoding="utf-8")))


def sample_folders(site_folder: Path) -> list[Path]:
    """Return the site's samples, in the order of their numbers."""
    found = [page.parent for page in (site_folder / "samples").glob("*/page.html")]
    return sorted(found, key=lambda folder: (_number(folder.name), folder.name))


def load_sample(folder: Path) -> Sample:
    """Load a sample from its folder. Raises SiteProblem, in Chinese, when one of its files is not as it should be."""
    name = f"{folder.parent.parent.name}/samples/{folder.name}"
    try:
        raw = json.loads((folder / "page.json").read_text(encoding="utf-8-sig"))
        facts = PageFacts(
            str(raw["url"]), int(raw.get("status", 200)), datetime.fromisoformat(raw["captured_at"]),
            str(raw.get("content_type", "")), bool(raw.get("rendered")), bool(raw.get("list")),
        )  # fmt: skip
        assert facts.captured_at.tzinfo is not None
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
        said = "缺少 page.json，或里面的 url、captured_at（带时区）不对"
        raise SiteProblem([Problem(name, said, None, None, "用 patrol sites keep 重新保存这个样本")]) from error
    file = folder / EXPECTED
    value, lines = read_mapping(file) if file.exists() else ({}, {})
    waiting = value.pop("unconfirmed", {})
    xfail = value.pop("xfail", {})
    wrong = [
        Problem(f"{name}/{EXPECTED}", unknown_key(key, (*KNOWN, "unconfirmed", "xfail")), lines.get((*path, key)))
        for path, part in (((), value), (("unconfirmed",), waiting))
        for key in (part if isinstance(part, dict) else ["unconfirmed"])
        if key not in KNOWN
    ]
    if wrong:
        raise SiteProblem(wrong)
    reasons = xfail if isinstance(xfail, dict) else {"": str(xfail)}
    return Sample(folder, facts, value, waiting, {str(k): str(v) for k, v in reasons.items()})


def keep_page(folder: Path, exchange: Exchange, *, is_list: bool) -> None:
    """Write a page's files into ``folder``. Raises InputError when that cannot be done."""
    rendered = exchange.rendered_dom is not None
    kind = next((value for name, value in exchange.response_headers if name.lower() == "content-type"), "")
    facts = {
        "url": exchange.url,
        "status": exchange.status,
        "captured_at": exchange.fetched_at.isoformat(),
        "content_type": "text/html; charset=utf-8" if rendered else kind,
        "rendered": rendered,
        "list": is_list,
    }
    try:
        with making_folder(folder) as making:
            (making / "page.html").write_bytes(exchange.rendered_dom or exchange.response_body)
            (making / "page.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            if exchange.api_responses:
                api = [[url, body.decode("utf-8", "replace")] for url, body in exchange.api_responses]
                (making / "api.json").write_text(json.dumps(api, ensure_ascii=False, indent=1), encoding="utf-8")
            place_folder(making, folder)
    except OSError as error:
        raise InputError(f"样本写不进 {folder}：{error}") from error


def next_folder(site_folder: Path, word: str) -> Path:
    """Return the folder for a new sample: ``samples/N-WORD``."""
    numbers = [_number(folder.name) for folder in sample_folders(site_folder)]
    return site_folder / "samples" / f"{max(numbers, default=0) + 1}-{word}"


def write_expected(sample: Sample) -> None:
    """Write ``expected.yaml`` anew, with how to confirm it said in it."""
    lines = ["# 顶格写的是有人核对过的，check 会逐项核对；unconfirmed 下面是程序读到的，还没有人看过，不算数。"]
    if sample.unconfirmed:
        lines.append("# 对照网页看一遍，改正不对的，再运行：patrol sites confirm 站点 样本")
    if sample.xfail:
        whole = sample.xfail.get("")
        lines += [f"xfail: {as_scalar(whole)}"] if whole else ["xfail:"]
        lines += [f"  {name}: {as_scalar(why)}" for name, why in sample.xfail.items() if name]
    lines += _written(sample.expected, "")
    if sample.unconfirmed:
        lines += ["unconfirmed:", *_written(sample.unconfirmed, "  ")]
    replace_file(sample.folder / EXPECTED, ("\n".join(lines) + "\n").encode())


def confirmed(sample: Sample, names: Iterable[str]) -> Sample:
    """Return the sample with those fields (all that wait, for none) taken as looked at by a person."""
    chosen = set(names) or set(sample.unconfirmed)
    unknown = chosen - set(sample.unconfirmed) - set(sample.expected)
    if unknown:
        raise InputError(f"样本 {sample.name}：{unknown_key(sorted(unknown)[0], list(sample.unconfirmed))}")
    moved = {**sample.expected, **{name: v for name, v in sample.unconfirmed.items() if name in chosen}}
    rest = {name: value for name, value in sample.unconfirmed.items() if name not in chosen}
    ordered = {name: moved[name] for name in KNOWN if name in moved}
    return Sample(sample.folder, sample.facts, ordered, rest, sample.xfail)


def abridged(text: str) -> str:
    """Cut a long text to its beginning, end and length, so that a person can check it at a glance."""
    one = " ".join(text.split())
    return one if len(one) <= MAX_SHOWN_LENGTH else f"{one[:60]}……{one[-20:]}（共 {len(one)} 字）"


def state_named(text: str) -> str:
    """Return ``gone`` for ``gone`` or 已删除或下架; the text itself when it names no state."""
    try:
        return PageState.parse(text).value
    except ValueError:
        return text


def _written(values: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in values.items():
        if isinstance(value, (list, tuple)):
            lines += [f"{indent}{name}:", *(f"{indent}  - {as_scalar(str(part))}" for part in value)]
        else:
            lines.append(f"{indent}{name}: {as_scalar(str(value))}")
    return lines


def _number(name: str) -> int:
    head = name.partition("-")[0]
    return int(head) if head.isdecimal() else 0
