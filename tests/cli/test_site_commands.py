"""Adding a site as a clerk does it: look, try, keep samples, confirm, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from patrol.cli import app
from patrol.directory import load_site
from patrol.errors import PatrolError
from tests.cli.calling import patrol
from tests.sites import shapes
from tests.sites.serving import served


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace without works: all that site files need."""
    root = tmp_path / "o"
    root.mkdir()
    (root / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 8\n", encoding="utf-8")
    return root


def test_from_an_address_to_a_checked_site(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(office))

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["sites", *words])

    shape = shapes.news()
    with served(shape) as address:
        done = run("new", address + shape.start, "--name", "jiangcheng", "--allow-private")
        assert done.exit_code == 0, done.output
        assert "下一步：patrol sites try jiangcheng" in done.stdout
        assert load_site(office / "sites" / "jiangcheng").name == "江城网"

        tried = json.loads(run("try", "jiangcheng", "--pages", "1", "--json").stdout)
        assert [line["type"] for line in tried] == ["list", "page", "end"]
        assert (tried[0]["links"], tried[0]["next"]) == (10, f"{address}/wenhua/index_2.html")

        for path in (next(iter(shape.items)), shape.start, "/wenhua/content_1.html"):
            assert run("keep", "jiangcheng", address + path).exit_code == 0
    samples = office / "sites" / "jiangcheng" / "samples"
    assert sorted(folder.name for folder in samples.iterdir()) == ["1-item", "2-list", "3-gone"]

    assert "unconfirmed:" in (samples / "1-item" / "expected.yaml").read_text(encoding="utf-8")
    assert run("confirm", "jiangcheng").exit_code == 0
    shown = run("check", "jiangcheng")
    assert shown.exit_code == 0 and "相符" in shown.stdout and "还没有人核对过" in shown.stdout

    file = office / "sites" / "jiangcheng" / "site.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("作者\\s*", "责编\\s*"), encoding="utf-8")
    broken = run("check", "jiangcheng", "--json")
    assert broken.exit_code == 1
    assert {row["field"] for row in json.loads(broken.stdout) if row["verdict"] == "differs"} == {"author"}


def test_the_examples_are_listed_as_such_and_hold(office: Path) -> None:
    listed = {site["site"]: site for site in json.loads(patrol("sites", "list", "--json", at=office).stdout)}
    assert {"example-article", "example-shop", "example-forum"} <= set(listed)
    assert listed["example-shop"]["example"] and listed["example-shop"]["samples"] == 3
    checked = patrol("sites", "check", at=office)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "不会被巡查" in checked.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "books.example.cn"), "应以 http:// 或 https:// 开头"),
        (("new", "https://a.cn/", "--name", "书市"), "只能用英文字母"),
        (("new", "https://a.cn/", "--name", "example-shop"), "已有名为“example-shop”的站点"),
        (("new", "https://a.cn/", "--kind", "shop"), "不在可选范围内"),
        (("new", "http://127.0.0.1:9/", "--name", "x"), "本机或内网"),
        (("try", "none"), "没有名为“none”的站点文件"),
        (("keep", "none", "https://a.cn/"), "没有名为“none”的站点文件"),
        (("confirm", "example-shop", "9"), "没有样本“9”"),
        (("check", "none"), "没有名为“none”的站点文件"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(
    office: Path, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(office))
    done = CliRunner().invoke(app, ["sites", *words])
    assert isinstance(done.exception, PatrolError)
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
    assert not (office / "sites").exists()


def test_a_file_that_nobody_looked_at_for_long_is_noted(office: Path) -> None:
    folder = office / "sites" / "old"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text("name: 旧\nkind: article\nstart: https://a.cn/\nverified: 2020-01-01\n")
    done = patrol("sites", "check", "old", at=office)
    assert done.returncode == 0
    assert "上次核对是 2020-01-01" in done.stdout
