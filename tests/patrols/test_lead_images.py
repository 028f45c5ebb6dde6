"""The main images of pages that became leads are fetched after the pages, by the site's rules, and made up for later."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from patrol.config import Workspace
from patrol.db.models import CaptureImage, Target, Work
from patrol.db.session import Database
from patrol.evidence.chain import CHAIN_NAME, read_chain
from patrol.evidence.files import patrol_folder
from patrol.patrols.records import Wanted
from patrol.patrols.run import PatrolOutcome, run_patrol
from tests.spiders.zoo import Zoo, zoo_server

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


def goods(title: str, text: str, *pictures: str) -> str:
    shown = "".join(f"<img class=main src='{picture}'>" for picture in pictures)
    return f"<html><h1>{title}</h1><b class=price>49</b><i class=seller>某某小店</i><p>{text}</p>{shown}</html>"


def shop(workspace: Workspace, database: Database, zoo: Zoo) -> None:
    folder = workspace.path(workspace.config.storage.sites) / "小店"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text(
        "name: 小店\nkind: listing\npace: {delay: 0, at_once: 4}\n"
        f"allow_private: ['{zoo.host}']\nstart: {zoo.url}/\nitems: a@href\n"
        "extract: {title: h1, text: p, price: .price | number, seller: .seller, images: img.main@src}\n",
        encoding="utf-8",
    )
    (workspace.root / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 4\n", encoding="utf-8")
    now = datetime.now(UTC)
    with database.session() as session:
        session.execute(
            insert(Work).values(id="w1", title="雾港来信", kind="script_game", list_price=500, imported_at=now)
        )
        session.execute(insert(Target).values(name="店", field="script_game", site="小店", imported_at=now))


def patrol(workspace: Workspace, database: Database) -> PatrolOutcome:
    return run_patrol(Workspace.find(workspace.root), database, Wanted(everything=True))


def rows(database: Database) -> dict[str, CaptureImage]:
    with database.session() as session:
        return {row.url.rpartition("/")[2]: row for row in session.scalars(select(CaptureImage))}


def test_images_of_a_lead_are_fetched_after_its_page_and_those_of_others_are_not(
    workspace: Workspace, database: Database
) -> None:
    with zoo_server() as zoo, zoo_server() as inside:
        shop(workspace, database, zoo)
        zoo.page("/robots.txt", "User-agent: *\nDisallow: /secret/\n", kind="text/plain")
        zoo.page("/", "<a href=/1>一</a><a href=/2>二</a>")
        pictures = ("/a.jpg", "/late.jpg", "/page.jpg", "/secret/b.jpg", f"{inside.url}/c.jpg")
        zoo.page("/1", goods("雾港来信 1:1复刻 全套DM本", "盒装同款", *pictures))
        zoo.page("/2", goods("文具", "支持自提", "/pencil.jpg"))
        zoo.page("/a.jpg", PICTURE, kind="image/jpeg")
        zoo.page("/late.jpg", "busy", status=404)
        zoo.page("/page.jpg", "<html>请登录</html>")
        outcome = patrol(workspace, database)
        assert outcome.complete, outcome
        found = rows(database)
        assert {name: row.error for name, row in found.items()} == {
            "a.jpg": "",
            "late.jpg": "网站回答 HTTP 404",
            "page.jpg": "取到的不是图片",
            "b.jpg": "robots.txt 不允许访问",
            "c.jpg": "内网地址，未经站点文件允许",
        }
        assert found["a.jpg"].payload_sha256 == hashlib.sha256(PICTURE).hexdigest()
        assert (zoo.times("/a.jpg"), zoo.times("/secret/b.jpg"), zoo.times("/pencil.jpg"), inside.asked) == (
            1,
            0,
            0,
            [],
        )
        kinds = [entry.kind for entry in read_chain(patrol_folder(workspace, 1) / CHAIN_NAME).entries]
        assert kinds.index("image") > max(n for n, kind in enumerate(kinds) if kind == "capture")
        assert kinds[-1] == "finish"

        zoo.page("/late.jpg", PICTURE + b"late", kind="image/jpeg")
        assert patrol(workspace, database).complete
        again = rows(database)
        assert (again["late.jpg"].error, again["late.jpg"].tries, again["late.jpg"].patrol_id) == ("", 2, 2)
        assert zoo.times("/a.jpg") == 1
