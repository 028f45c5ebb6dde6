"""Side-by-side captures: set the last page on which a field was read beside one on which it no longer is.

For the clerk who mends a site file: what each rule gave, then the two sources with their differences marked. The file
holds no script, and everything from the pages is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape

from sqlalchemy import select

from patrol import clock
from patrol.config import Workspace
from patrol.db.models import Capture
from patrol.db.session import Database
from patrol.directory.site_model import EXTRACT_HELP
from patrol.errors import InputError
from patrol.evidence.chain import records_with
from patrol.evidence.record_reader import read_record
from patrol.items import ITEM
from patrol.patrols.history import fallen_fields, last_runs
from patrol.text.encodings import likeliest
from patrol.vocabulary import PageState

MAX_LOOKED_AT = 500
MAX_LINES = 3_000
MAX_IN_LINE = 400
_CODE = re.compile(r"<(script|style)\b.*?</\1\s*>", re.I | re.S)


@dataclass(frozen=True, slots=True)
class CapturePair:
    """``good`` has the field, ``bad``, captured later, has not."""

    field: str
    good: Capture
    bad: Capture


def lost_field(database: Database, site: str, wanted: str = "") -> CapturePair:
    """Find the newest page without the field, and the newest before it with the field, the same page if there is one.

    ``wanted``: a field; "": the one that fell most in the last run, else the first that newer pages lack.
    Raises InputError where there is no such pair.
    """
    query = (
        select(Capture)
        .where(Capture.site == site, Capture.role == ITEM, Capture.refers_to == "")
        .where(Capture.state == PageState.PRESENT.value)
        .order_by(Capture.id.desc())
        .limit(MAX_LOOKED_AT)
    )
    with database.session() as session:
        captures = list(session.scalars(query))
    if not captures:
        raise InputError(f"站点“{site}”还没有取证过页面，没有可对照的")
    if wanted and wanted not in EXTRACT_HELP:
        raise InputError(f"没有“{wanted}”这个字段。可用：{'、'.join(EXTRACT_HELP)}")
    now, before = last_runs(database, site)
    fell = [name for name, _, _ in fallen_fields(now, before)] if now is not None else []
    for name in (wanted,) if wanted else (*fell, *(name for name in EXTRACT_HELP if name not in fell)):
        if (pair := _pair(captures, name)) is not None:
            return pair
    lost = EXTRACT_HELP[wanted][0] if wanted else "任何字段"
    raise InputError(f"站点“{site}”最近取证的 {len(captures)} 页里，没有先读到、后来读不到{lost}的情况")


def _pair(captures: list[Capture], name: str) -> CapturePair | None:
    """``captures``: newest first."""
    bad = next((index for index, capture in enumerate(captures) if not _has(capture, name)), None)
    if bad is None:
        return None
    older = [capture for capture in captures[bad + 1 :] if _has(capture, name)]
    same = next((c for c in older if c.canonical_url == captures[bad].canonical_url), None)
    return CapturePair(name, same or older[0], captures[bad]) if older else None


def _has(capture: Capture, name: str) -> bool:
    # The text stands in a table of its own; the rule that gave it says that there was one.
    return name in capture.extracted or any(field == name for field, _ in capture.extracted.get("rules", ()))


def page_source(workspace: Workspace, capture: Capture) -> str:
    """Read the page as kept: the tree that a browser built, else the response's body. Raises EvidenceError."""
    folder = (workspace.root / capture.warc_path).parent
    entries = records_with(folder, capture.record_id)
    body = read_record(folder, entries[0]).body
    for entry in entries[1:]:
        if entry.type == "resource" and (tree := read_record(folder, entry)).facts.target.startswith("urn:dom:"):
            body = tree.body
    codec = next((c for c in ("utf-8",) if _reads(body, c)), "") or likeliest(body[:20_000], ("gb18030", "big5"))
    return body.decode(codec, "replace")


def _reads(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def side_by_side(workspace: Workspace, pair: CapturePair) -> str:
    """Render the whole HTML page."""
    title = EXTRACT_HELP[pair.field][0]
    fields = "".join(_field_row(name, words[0], pair) for name, words in EXTRACT_HELP.items())
    left, right = (_lines(page_source(workspace, capture)) for capture in (pair.good, pair.bad))
    heads = "".join(
        f"<th>{label}：{escape(capture.url)}<br><small>{clock.show_minute(capture.fetched_at)}，第 {capture.patrol_id}"
        f" 次巡查，快照 {capture.id}</small></th>"
        for label, capture in (("以前（读到）", pair.good), ("现在（读不到）", pair.bad))
    )
    rows = "".join(_source_rows(left, right))
    return _PAGE.format(site=escape(pair.bad.site), title=escape(title), heads=heads, fields=fields, rows=rows)


def _field_row(name: str, title: str, pair: CapturePair) -> str:
    cells = []
    for capture in (pair.good, pair.bad):
        rule = next((rule for field, rule in capture.extracted.get("rules", ()) if field == name), "")
        value = "（有）" if name == "text" and rule else str(capture.extracted.get(name, ""))[:300]
        cells.append(f"<td>{escape(value) or '—'}{f'<br><small>{escape(rule)}</small>' if rule else ''}</td>")
    mark = ' class="lost"' if name == pair.field else ""
    return f"<tr{mark}><th>{escape(title)}</th>{''.join(cells)}</tr>"


def _lines(source: str) -> list[str]:
    """The source with an element a line, scripts and styles left out: what rules stand on."""
    plain = re.sub(r">\s*<", ">\n<", _CODE.sub("", source))
    return [line.strip()[:MAX_IN_LINE] for line in plain.splitlines() if line.strip()][:MAX_LINES]


def _source_rows(left: list[str], right: list[str]) -> Iterator[str]:
    """Rows of a two-column comparison; long runs of equal lines are left out."""
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            shown = [*range(a, min(a + 3, b)), *range(max(a + 3, b - 3), b)]
            for number, line in enumerate(shown):
                if number == 3 and b - a > 6:
                    yield f'<tr><td colspan="2" class="more">……{b - a - 6} 行相同……</td></tr>'
                yield f"<tr><td>{escape(left[line])}</td><td>{escape(left[line])}</td></tr>"
            continue
        for offset in range(max(b - a, d - c)):
            old = left[a + offset] if a + offset < b else ""
            new = right[c + offset] if c + offset < d else ""
            yield f'<tr><td class="old">{escape(old)}</td><td class="new">{escape(new)}</td></tr>'


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{site}：新旧页面对照（{title}）</title>
<style>
body {{ font: 15px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1.5rem; color: #1a1a1a; background: #fff }}
table {{ border-collapse: collapse; width: 100%; table-layout: fixed; margin-bottom: 2rem }}
th, td {{ border: 1px solid #c9c9c9; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }}
.source td {{ font: 12.5px/1.5 ui-monospace, monospace }}
.old {{ background: #fde8e6; border-left: 4px solid #b3261e }} .new {{ background: #e4f3e5; border-left: 4px double #1b6e20 }}
.more {{ text-align: center; color: #555 }} .lost {{ background: #fff4cc }} .fields th:first-child {{ width: 8em }}
</style></head><body>
<h1>{site}：新旧页面对照</h1>
<p>“{title}”以前读得到，现在读不到。左边是最后一次读到的页面，右边是现在的页面；请按右边的写法改站点文件里的规则。</p>
<table class="fields"><tr><th>字段</th>{heads}</tr>{fields}</table>
<h2>页面源码（不含脚本和样式）</h2>
<table class="source"><tr>{heads}</tr>{rows}</table>
</body></html>
"""
