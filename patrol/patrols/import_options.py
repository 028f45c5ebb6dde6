"""Import options: reads what a person says of files that are brought: whose rules, which address, what the columns are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from patrol.config import Workspace
from patrol.directory import SiteProblem, find_sites
from patrol.directory.site_model import EXTRACT_HELP
from patrol.errors import InputError
from patrol.patrols.importing import ImportOptions
from patrol.vocabulary import Field, PageKind

MAX_SOURCE = 300
MAX_NOTE = 1000
_COLUMN_FIELDS = {**{title: name for name, (title, _, _) in EXTRACT_HELP.items()}, "链接": "url", "网址": "url"}


def read_options(
    workspace: Workspace,
    *,
    site: str = "",
    field: Field | None = None,
    kind: PageKind | None = None,
    url: str = "",
    source: str = "",
    note: str = "",
    columns: Iterable[str] = (),
) -> ImportOptions:
    """Check what was said. ``columns``: ``列名=字段``, fields by their Chinese names or their keys.

    Raises InputError, naming the option.
    """
    return ImportOptions(
        site=_site(workspace, site),
        field=field,
        kind=kind,
        url=_address(url),
        source=source.strip()[:MAX_SOURCE],
        note=note.strip()[:MAX_NOTE],
        columns=tuple(_columns(columns)),
    )


def _site(workspace: Workspace, name: str) -> str:
    if not name:
        return ""
    known = find_sites(workspace.site_folders)
    if name not in known:
        raise InputError(f"--site：没有名为“{name}”的站点文件。可用 patrol sites list 查看已有站点")
    site = known[name]
    if isinstance(site, SiteProblem):
        raise InputError(f"--site：站点文件有误：{site}")
    return name


def _address(text: str) -> str:
    found = text.strip()
    if found and not found.lower().startswith(("http://", "https://")):
        raise InputError(f"--url：“{found[:80]}”不是完整网址，应以 http:// 或 https:// 开头")
    return found


def _columns(pairs: Iterable[str]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        head, equals, said = (part.strip() for part in pair.rpartition("="))
        name = _COLUMN_FIELDS.get(said, said if said in (*EXTRACT_HELP, "url") else "")
        if not equals or not head or not name:
            shown = "、".join(dict.fromkeys(_COLUMN_FIELDS))
            raise InputError(f"--map：“{pair[:80]}”应写成 列名=字段，字段可用：{shown}")
        yield head, name
