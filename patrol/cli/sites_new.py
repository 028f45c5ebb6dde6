"""New-site command: runs ``patrol sites new``, which writes a first site file by looking at the site."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from patrol import clock
from patrol.cli.console import console, errors
from patrol.cli.site_process import ShownPages, see, site_folders, workspace_or_none
from patrol.directory.site_draft import Draft, written
from patrol.directory.site_file import FILE_NAME, load_site
from patrol.errors import InputError, PatrolError
from patrol.files import replace_file
from patrol.patrols.outcome import said_ended
from patrol.vocabulary import PageKind


def new(
    url: Annotated[str, typer.Argument(metavar="网址", help="网站的列表页或首页的网址")],
    name: Annotated[str, typer.Option(help="站点名（文件夹名，英文字母和数字）；不写则取自网址")] = "",
    kind: Annotated[
        str,
        typer.Option(
            help="页面类型；不写则自动判断：listing 商品、video 视频、post 帖子、article 文章、share 网盘分享、collectible 数字藏品"
        ),
    ] = "",
    browser: Annotated[bool, typer.Option("--browser", help="直接用浏览器打开（页面靠脚本生成时）")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="允许本机或内网地址，只用于演示和测试")
    ] = False,
) -> None:
    """看一看网站，写出一个可用的站点文件：条目在哪里、怎样翻页、各字段怎样读。写完用 try 试读再改。

    例：patrol sites new https://books.example.cn/list --name mysite
    """
    if not re.match(r"https?://[^/\s]", url):
        raise InputError(f"“{url}”不是完整网址，应以 http:// 或 https:// 开头")
    wanted = _kind(kind)
    folder = _new_folder(name or _name_of(url))
    host = urlsplit(url).netloc
    arguments = {"url": url} | ({"allow": host} if allow_private else {})
    draft = _looked(arguments, browser=browser)
    if draft.problem:
        raise PatrolError(f"没有写成站点文件：{draft.problem}")
    draft = draft.model_copy(update={"kind": wanted, "because": "按您指定的"} if wanted else {})
    _save(folder, written(draft, clock.today().isoformat()))
    _say(draft, folder)


def _kind(text: str) -> PageKind | None:
    try:
        return PageKind.parse(text) if text else None
    except ValueError as error:
        raise InputError(f"--kind：{error}") from error


def _looked(arguments: dict[str, str], *, browser: bool) -> Draft:
    """What a survey finds; a page that is nearly empty without scripts is looked at again in a browser."""
    with tempfile.TemporaryDirectory(prefix="patrol-new-") as scratch:
        if not browser:
            console.print("正在看网站（最多打开 30 个页面）……")
            draft = _draft(see("wizard", arguments, Path(scratch)))
            if not draft.thin:
                return draft
        console.print("正在用浏览器看网站……")
        return _draft(see("wizard", {**arguments, "render": "browser"}, Path(scratch)))


def _draft(seen: ShownPages) -> Draft:
    for line in seen.of("draft"):
        return Draft.model_validate(line["draft"])
    if ended := said_ended(seen.end["reason"]):
        raise PatrolError(f"没有写成站点文件：{ended}。可运行 patrol doctor 查看")
    errors.print("\n".join(seen.log[-8:]), markup=False, style="dim")
    raise PatrolError("没有写成站点文件：网站没有给出可看的页面")


def _new_folder(name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", name):
        raise InputError(f"站点名“{name}”只能用英文字母、数字、短横和下划线，例如 mysite")
    workspace = workspace_or_none()
    if workspace is None:
        raise InputError("要在工作区里新建站点。请先运行 patrol init 目录名，或用 --workspace 指明工作区")
    if any((folder / name).exists() for folder in site_folders()):
        raise InputError(f"已有名为“{name}”的站点。用 --name 换一个名字，或先删掉那个文件夹")
    return workspace.site_folders[0] / name


def _name_of(url: str) -> str:
    """A folder name from the host: its own word, without ``www`` and the ending."""
    host = (urlsplit(url).hostname or "").lower()
    if re.fullmatch(r"[\d.]+|.*:.*", host):
        return re.sub(r"[^a-z0-9]+", "-", urlsplit(url).netloc.lower()).strip("-")
    words = [word for word in host.split(".") if word not in ("www", "m", "wap")]
    while len(words) > 1 and words[-1] in (
        "com",
        "cn",
        "net",
        "org",
        "gov",
        "edu",
        "cc",
        "top",
        "xyz",
        "vip",
        "info",
        "io",
    ):
        words.pop()
    return re.sub(r"[^a-z0-9-]+", "-", "-".join(words)).strip("-") or "site"


def _save(folder: Path, text: str) -> None:
    """Write the file; a folder is left behind only with a file in it that can be read."""
    folder.mkdir(parents=True)
    file = folder / FILE_NAME
    replace_file(file, text.encode())
    try:
        load_site(file)
    except PatrolError as error:
        kept = folder / f"{FILE_NAME}.未通过"
        replace_file(kept, text.encode())
        file.unlink()
        raise PatrolError(f"写出的站点文件没有通过检查，存为 {kept}，请把它发给维护人员\n{error}") from error


def _say(draft: Draft, folder: Path) -> None:
    console.print(f"已写好：{folder / FILE_NAME}", markup=False, soft_wrap=True)
    how = "，用浏览器打开" if draft.render == "browser" else ""
    console.print(
        f"看过 {len(draft.opened)} 个页面，判断是{draft.kind.label}{how}；第一个列表有 {draft.links} 个条目",
        markup=False,
    )
    ruled = [name for name, field in draft.fields.items() if field.rule]
    plain = [name for name, field in draft.fields.items() if not field.rule]
    console.print(f"写了规则的字段：{'、'.join(ruled) or '无'}；自动读到的：{'、'.join(plain) or '无'}", markup=False)
    for note in draft.notes:
        console.print(f"注意：{note}", style="yellow", markup=False)
    console.print(f"下一步：patrol sites try {folder.name}", markup=False)
