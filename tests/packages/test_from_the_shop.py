"""From a shop over TLS to the documents: a real patrol, a real stamp, and what the package says of both."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert

from patrol.config import Workspace
from patrol.db.models import Target, Work
from patrol.db.session import Database
from patrol.evidence.files import patrol_folder
from patrol.leads.queries import lead_views
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol
from tests.evidence.authority import make_authority, serving
from tests.evidence.pages import AT
from tests.packages.opening import bare_shell, exported, words_of
from tests.tls import authority, https_server

pytestmark = [pytest.mark.parametrize("database_url", ["sqlite"], indirect=True), pytest.mark.dates]

GOODS = (
    "<html><h1>雾港来信 1:1复刻 全套DM本</h1><b>49</b><i>某某小店</i><p>盒装同款</p><img class=main src=/a.jpg></html>"
)


def test_the_documents_say_what_the_patrol_found_and_the_stamp_holds_without_this_program(
    run, workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    held = authority(tmp_path)
    pages = {"/": "<a href=/1>一</a>", "/1": GOODS, "/a.jpg": ""}
    with (
        https_server(held, lambda path: pages.get(path, "")) as shop,
        serving(make_authority(tmp_path / "tsa")) as stamping,
    ):
        folder = workspace.path(workspace.config.storage.sites) / "小店"
        folder.mkdir(parents=True)
        (folder / "site.yaml").write_text(
            "name: 小店\nkind: listing\npace: {delay: 0, at_once: 4}\n"
            f"allow_private: ['127.0.0.1']\nstart: {shop.url}/\nitems: a@href\n"
            "extract: {title: h1, text: p, price: b | number, seller: i, images: img.main@src}\n",
            encoding="utf-8",
        )
        (workspace.root / "patrol.toml").write_text(
            f'[crawl]\ndelay = 0\n[evidence]\ntimestamp_authorities = ["{stamping.url}"]\n'
            f'timestamp_roots = "{stamping.roots}"\n',
            encoding="utf-8",
        )
        with database.session() as session:
            session.execute(
                insert(Work).values(id="w1", title="雾港来信", kind="script_game", list_price=500, imported_at=AT)
            )
            session.execute(insert(Target).values(name="店", field="script_game", site="小店", imported_at=AT))
        outcome = run_patrol(Workspace.find(workspace.root), database, Wanted(everything=True))
        assert outcome.complete, outcome
        assert [stamp.error for stamp in outcome.stamps] == [""]
    with database.session() as session:
        (lead,) = lead_views(session, None, texts=False)
    package = exported(run, workspace, lead.number)
    checked = bare_shell(package, "sh verify.sh")
    assert checked.returncode == 0, checked.stdout
    assert "时间戳 1 个" in checked.stdout
    said = words_of(package / "远程取证记录.docx")

    leaf = hashlib.sha256(held.leaf.public_bytes(Encoding.DER)).hexdigest()
    for fact in (
        f"请求 {shop.url}/1，对方地址 127.0.0.1，应答状态 200",
        "加密连接 TLSv1.3，证书 ",
        "签发者 ",
        leaf,
        "不受本机信任（",
        "网址写明对方地址，没有域名须解析",
        "检查取证环境，结果写入证据链第",
        "登录账户",
        "程序文件摘要 SHA-256",
        "hosts 文件",
        "域名服务器",
        "时区",
        "本次未使用浏览器",
    ):
        assert fact in said, fact
    assert "自 " in (package / "验证说明.txt").read_text(encoding="utf-8")
    assert patrol_folder(workspace, outcome.patrol_id).name in "".join(map(str, (package / "evidence").iterdir()))
