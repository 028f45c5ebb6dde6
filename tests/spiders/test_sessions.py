"""An officer's own login: kept where only they can read it, sent to the site's own hosts only, told when it is over."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from patrol.chromium import find_browser
from patrol.cli import app
from patrol.cli.sessions import login_by_hand
from patrol.config import CHECKOUT, Config, Workspace
from patrol.directory.login_sessions import Session, keep_session, load_session, parse_session
from patrol.errors import ConfigError, InputError
from patrol.patrols.outcome import site_outcome
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chromium on this machine")
FUTURE = 4_000_000_000
FILLED = "<h1>会员页</h1><p>" + "这是一段正文。" * 20 + "</p>"


def state(*cookies: tuple[str, str], **more: object) -> bytes:
    """A storage state with cookies by (name, domain)."""
    return json.dumps(
        {
            "cookies": [
                {"name": n, "value": f"v-{n}", "domain": d, "path": "/", "expires": -1} | more for n, d in cookies
            ]
        }
    ).encode()


NETSCAPE = (
    "# Netscape HTTP Cookie File\n\n"
    f".shop.cn\tTRUE\t/\tTRUE\t{FUTURE}\tsid\tabc=1\r\n"
    "#HttpOnly_www.shop.cn\tFALSE\t/a\tFALSE\t0\ttoken\t词\n"
    "a line that is none\n"
)
EXTENSION = json.dumps(
    [
        {"name": "sid", "value": "abc=1", "domain": ".shop.cn", "hostOnly": False, "path": "/", "secure": True,
         "httpOnly": False, "sameSite": "no_restriction", "expirationDate": FUTURE + 0.5, "storeId": "0"},
        {"name": "token", "value": "词", "domain": "www.shop.cn", "hostOnly": True, "path": "/a", "session": True},
        {"name": "", "value": "x", "domain": "shop.cn"}, {"name": "bad", "value": "a;b\n", "domain": "shop.cn"},
    ]
)  # fmt: skip


@pytest.mark.parametrize("text", [NETSCAPE, EXTENSION])
def test_what_browsers_and_their_extensions_export_is_read(text: str) -> None:
    first, second = parse_session(text.encode(), "x").cookies
    assert (first.name, first.value, first.domain, first.secure) == ("sid", "abc=1", ".shop.cn", True)
    assert int(first.expires) == FUTURE
    assert (second.name, second.value, second.domain, second.path, second.expires) == (
        "token",
        "词",
        "www.shop.cn",
        "/a",
        -1,
    )


def test_what_is_written_is_read_again_the_same() -> None:
    one = parse_session(NETSCAPE.encode(), "x")
    assert parse_session(json.dumps(one.storage_state()).encode(), "x") == one


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"{}", b"[]", b"[1, 2]", b'{"cookies": [null]}', b"\xff\xfe\x00", b"[" * 20_000, b"x" * 5_000_000],
)
def test_what_is_no_session_is_refused_in_chinese(raw: bytes) -> None:
    with pytest.raises(InputError, match="登录状态"):
        parse_session(raw, "文件.txt")


@pytest.mark.parametrize(
    ("domain", "host", "sent"),
    [
        (".shop.cn", "www.shop.cn", True), (".shop.cn", "shop.cn", True), ("shop.cn", "shop.cn", True),
        ("shop.cn", "www.shop.cn", False), ("www.shop.cn", "shop.cn", False), (".op.cn", "shop.cn", False),
        (".cn", "shop.cn", False), ("other.cn", "shop.cn", False),
    ],
)  # fmt: skip
def test_a_cookie_belongs_to_the_hosts_that_a_browser_would_send_it_to(domain: str, host: str, sent: bool) -> None:
    assert bool(parse_session(state(("a", domain)), "x").of([host]).cookies) is sent


def test_a_session_is_over_when_all_its_cookies_are() -> None:
    now = datetime.now(UTC)
    assert parse_session(state(("a", "b.cn"), expires=1000), "x").has_expired(now)
    assert not parse_session(state(("a", "b.cn"), expires=FUTURE), "x").has_expired(now)
    assert not parse_session(state(("a", "b.cn")), "x").has_expired(now)


def test_it_is_kept_readable_by_its_owner_only_and_not_in_a_checkout(office: Path) -> None:
    workspace = Workspace.find(office)
    before = os.umask(0)
    try:
        path = keep_session(workspace, "shop", parse_session(NETSCAPE.encode(), "x"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load_session(workspace, "shop") == parse_session(NETSCAPE.encode(), "x")
    with pytest.raises(ConfigError, match="程序文件夹"):
        keep_session(Workspace(CHECKOUT / "office", Config()), "shop", Session())
    for name in ("../x", ".x", "a/b", ""):
        with pytest.raises(InputError):
            load_session(workspace, name)


def run(office: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["-w", str(office), "sites", *words])
    return (done.exit_code, done.output) if done.exception is None else (2, str(done.exception))


def site_file(office: Path, zoo: Zoo) -> None:
    folder = office / "sites" / "here"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text(f"name: 书市\nkind: article\nstart: {zoo.url}/1\n", encoding="utf-8")


def test_a_session_is_imported_by_command_and_forgotten_by_command(
    office: Path, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(office))
    site_file(office, zoo)
    given = tmp_path / "cookies.json"
    given.write_bytes(state(("sid", "127.0.0.1"), ("else", "elsewhere.cn")))
    code, said = run(office, "session", "here", str(given))
    assert code == 0, said
    assert "另有 1 个 Cookie 属于别的网站" in said
    assert "v-sid" not in said
    held = load_session(Workspace.find(office), "here")
    assert held is not None
    assert [cookie.name for cookie in held.cookies] == ["sid"]
    given.write_bytes(state(("else", "elsewhere.cn")))
    assert "没有属于 127.0.0.1 的登录状态" in run(office, "session", "here", str(given))[1]
    assert "没有名为“nowhere”的站点文件" in run(office, "session", "nowhere", str(given))[1]
    assert run(office, "logout", "here")[0] == 0
    assert load_session(Workspace.find(office), "here") is None


def test_without_a_desktop_the_other_way_is_explained(office: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(office))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    site_file(office, zoo)
    assert "patrol sites session here 文件" in run(office, "login", "here")[1]


@needs_browser
def test_what_the_officers_browser_holds_when_they_press_enter_is_the_session(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo.page("/", "<script>localStorage.setItem('k', 'v')</script>", Set_Cookie="sid=7; HttpOnly; Path=/")
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    found = find_browser()
    assert found is not None
    session = parse_session(login_by_hand(found, f"{zoo.url}/", "PatrolBot", headless=True), "x")
    assert [(c.name, c.value, c.http_only) for c in session.cookies] == [("sid", "7", True)]
    assert session.storage == ((zoo.url, (("k", "v"),)),)


def cookies_sent(zoo: Zoo, path: str) -> list[str]:
    return [heads.get("Cookie", "") for asked, heads in zip(zoo.asked, zoo.heads, strict=True) if asked == path]


@pytest.mark.parametrize("render", ["http", pytest.param("browser", marks=needs_browser)])
def test_the_session_goes_to_the_sites_own_host_and_nowhere_else(
    zoo: Zoo, other_zoo: Zoo, crawl: Crawl, office: Path, render: str
) -> None:
    zoo.page("/1", f'{FILLED}<img src="http://localhost:{other_zoo.port}/x"><iframe src="http://localhost:{other_zoo.port}/y">'
             "</iframe>", Set_Cookie="sid=new; Path=/")  # fmt: skip
    zoo.page("/2", FILLED)
    other_zoo.page("/3", FILLED)
    zoo.redirect("/3", f"http://localhost:{other_zoo.port}/3")
    keep_session(Workspace.find(office), "here", parse_session(state(("sid", "127.0.0.1"), ("else", "localhost")), "x"))
    done = crawl(
        f"start: [ZOO/1, ZOO/2, ZOO/3]\ncrawl: direct\nrender: {render}\npace: {{delay: 0, at_once: 1}}\n"
        f"allow_private: ['{zoo.host}', 'localhost:{other_zoo.port}']\n"
        + ("load: images\n" if render == "browser" else "")
    )
    assert len(done.items) >= 2
    assert cookies_sent(zoo, "/1") == ["sid=v-sid"]
    # What the site sets later takes its place (a request that was waiting already keeps what it had).
    assert cookies_sent(zoo, "/2") in (["sid=new"], ["sid=v-sid"])
    assert other_zoo.asked
    assert all("Cookie" not in heads for heads in other_zoo.heads)


def test_a_session_that_is_over_pauses_the_site_and_says_what_to_do(zoo: Zoo, crawl: Crawl, office: Path) -> None:
    zoo.page("/1", FILLED)
    keep_session(Workspace.find(office), "here", parse_session(state(("sid", "127.0.0.1"), expires=1000), "x"))
    done = crawl("start: ZOO/1\ncrawl: direct\n")
    assert zoo.times("/1") == 0
    assert "patrol sites login" in site_outcome(done.stats, 0).reason


def test_a_session_that_the_site_no_longer_takes_pauses_the_site(zoo: Zoo, crawl: Crawl, office: Path) -> None:
    zoo.page("/1", "<h1>请先登录</h1>")
    keep_session(Workspace.find(office), "here", parse_session(state(("sid", "127.0.0.1")), "x"))
    done = crawl("start: ZOO/1\ncrawl: direct\nstates: {logged_out: 请先登录}\n")
    assert done.stats["finish_reason"] == "logged_out"
    assert not done.items
