"""``patrol verify`` and ``patrol evidence stamp`` as a person meets them: words, exit status, JSON."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.db.models import Capture, Lead, Patrol, Signal
from patrol.db.session import Database
from patrol.evidence.files import PROGRAM
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare
from patrol.workspace import make_workspace
from tests.cli.calling import patrol
from tests.evidence.authority import Authority, make_authority, serving
from tests.evidence.pages import AT, page


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace with a finished patrol of three pages, one of which became a lead, and a second patrol."""
    workspace = make_workspace(tmp_path / "office")
    database = Database(workspace.database_url)
    for number in (1, 2):
        with database.session() as session:
            session.add(Patrol(id=number, started_at=AT, status="done"))
        vault = Vault.open(workspace, database, number)
        ids = vault.keep(
            [prepare(page(f"http://a.example.cn/{n}", patrol_id=number), program=PROGRAM) for n in range(3)]
        )
        vault.finish()
        vault.close()
    with database.session() as session:
        lead = Lead(
            number="XS-2026-0001", key="k", site="shop", field="book", kind="sale", url="http://a.example.cn/0",
            grade="A", score=9, found_at=AT,
        )  # fmt: skip
        session.add(lead)
        session.flush()
        session.add(Signal(lead_id=lead.id, capture_id=ids[0], code="title", points=1))
        assert session.get(Capture, ids[0]) is not None
    database.close()
    return workspace.root


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with serving(make_authority(tmp_path / "tsa")) as held:
        yield held


def flip(path: Path, at: int = 500) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_whole_evidence_is_zero_damage_is_one_and_nonsense_is_two(office: Path, tmp_path: Path) -> None:
    done = patrol("verify", at=office)
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stdout
    assert "patrol-000001：3 个网页" in done.stdout
    assert "完好" in done.stdout
    usb = tmp_path / "usb" / "copied"
    shutil.copytree(office / "evidence" / "patrol-000001", usb)
    assert patrol("verify", str(usb)).returncode == 0, "a bare copy needs no workspace"
    flip(usb / "chain.txt")
    done = patrol("verify", str(usb))
    assert done.returncode == 1
    assert "【改动】copied/chain.txt 第 2 行" in done.stdout
    assert "请保护现场" in done.stderr
    for words in (("verify", "9"), ("verify", "XS-1"), ("verify", str(tmp_path))):
        done = patrol(*words, at=office)
        assert done.returncode == 2, words
        assert done.stderr and "程序出错" not in done.stderr


def test_a_lead_is_verified_by_its_number_and_a_patrol_by_its(office: Path) -> None:
    done = patrol("verify", "XS-2026-0001", at=office)
    assert done.returncode == 0, done.stdout
    assert "线索 XS-2026-0001 的取证快照 1 个，均与取证时一致" in done.stdout
    assert "patrol-000001" not in done.stdout
    (warc,) = (office / "evidence" / "patrol-000001").glob("*.warc.gz")
    warc.unlink()
    assert patrol("verify", "2", at=office).returncode == 0
    done = patrol("verify", "1", "--json", at=office)
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["sound"], said["clean"]) == (False, False)
    assert said["folders"][0]["findings"][0]["kind"] == "missing"


def test_evidence_that_the_database_knows_and_the_disk_has_not_is_missing(office: Path) -> None:
    shutil.rmtree(office / "evidence" / "patrol-000001")
    done = patrol("verify", at=office)
    assert done.returncode == 1
    assert "【缺失】patrol-000001：整个证据目录不见了" in done.stdout


def test_repair_says_what_it_did(office: Path) -> None:
    folder = office / "evidence" / "patrol-000002"
    (folder / "manifest.json").unlink()
    done = patrol("verify", "2", at=office)
    assert done.returncode == 1
    assert "patrol verify --repair" in done.stdout
    done = patrol("verify", "2", "--repair", at=office)
    assert done.returncode == 0
    assert "【已修复】索引和清单已重建" in done.stdout
    flip(folder / "chain.txt")
    done = patrol("verify", "2", "--repair", at=office)
    assert done.returncode == 2
    assert "不能自动修复，未作任何变动" in done.stderr


def test_stamps_are_asked_for_again_until_they_are_there(office: Path, authority: Authority) -> None:
    done = patrol("evidence", "stamp", at=office)
    assert done.returncode == 2
    assert "timestamp_roots" in done.stderr
    toml = (office / "patrol.toml").read_text(encoding="utf-8")
    toml = toml.replace("timestamp_authorities = []", f'timestamp_authorities = ["{authority.url}"]')
    toml = toml.replace('timestamp_roots = ""', f'timestamp_roots = "{authority.roots}"')
    (office / "patrol.toml").write_text(toml, encoding="utf-8")
    authority.manner = "error"
    done = patrol("evidence", "stamp", at=office)
    assert done.returncode == 1
    assert "没有盖上时间戳：时间戳服务" in done.stdout
    done = patrol("verify", at=office)
    assert done.returncode == 1
    assert "【未加盖时间戳】" in done.stdout
    authority.manner = "granted"
    done = patrol("evidence", "stamp", at=office)
    assert done.returncode == 0
    assert done.stdout.count("已加盖时间戳") == 2
    assert "都已有时间戳" in patrol("evidence", "stamp", at=office).stdout
    done = patrol("verify", at=office)
    assert done.returncode == 0, done.stdout
    assert "示例时间戳服务" in done.stdout


def test_a_strangers_chain_gives_the_terminal_no_orders(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "patrol-000001"
    shutil.copytree(office / "evidence" / "patrol-000001", folder)
    lines = (folder / "chain.txt").read_bytes().splitlines()
    said = json.loads(lines[2][65:])
    said["url"] = "http://a.example.cn/\x1b[2J\u202e"
    said["records"][0]["sha256"] = "0" * 64
    body = json.dumps(said).encode()
    lines[2] = hashlib.sha256(body).hexdigest().encode() + b" " + body
    (folder / "chain.txt").write_bytes(b"\n".join(lines) + b"\n")
    done = patrol("verify", str(folder))
    assert done.returncode == 1
    assert "http://a.example.cn/�[2J�" in done.stdout
    assert "\x1b" not in done.stdout
