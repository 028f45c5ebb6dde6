"""Time-stamps: asked of a real server on loopback that answers with ``openssl ts -reply``, in good and in bad faith."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.config import Workspace, load_config
from patrol.errors import ConfigError
from patrol.evidence.chain import CHAIN_NAME, GENESIS, ChainWriter, read_chain
from patrol.evidence.finalize import seal
from patrol.evidence.findings import Fault
from patrol.evidence.stamping import Authorities, StampError, StampOutcome, check_stamp, read_roots, stamp_folders
from patrol.evidence.verify import Against, verify_folder
from tests.evidence.authority import Authority, make_authority, openssl, serving


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority under the very same names."""
    return make_authority(tmp_path_factory.mktemp("tsa") / "b")


@pytest.fixture
def authority(made: Authority) -> Iterator[Authority]:
    made.manner = "granted"
    made.asked.clear()
    made.answers.clear()
    with serving(made):
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "patrol-000001"
    folder.mkdir()
    for kind in ("patrol", "finish"):
        add_line(folder, kind)
    seal(folder)
    return folder


def add_line(folder: Path, kind: str) -> str:
    entries = read_chain(folder / CHAIN_NAME).entries
    chain = ChainWriter(folder / CHAIN_NAME, entries[-1].digest if entries else GENESIS, len(entries))
    chain.add(kind)
    chain.commit()
    chain.close()
    return chain.head


def ask(folder: Path, *authorities: Authority, roots: Path | None = None, patience: float = 5) -> list[StampOutcome]:
    urls = tuple(authority.url for authority in authorities)
    return stamp_folders([folder], Authorities(urls, read_roots(roots or authorities[0].roots)), patience=patience)


def said(folder: Path, against: Against) -> str:
    return "\n".join(str(finding) for finding in verify_folder(folder, against).findings)


def test_the_head_is_stamped_kept_with_its_certificates_and_holds_for_openssl(
    authority: Authority, folder: Path
) -> None:
    (outcome,) = ask(folder, authority)
    head = read_chain(folder / CHAIN_NAME).entries[-1].digest
    assert outcome.error == ""
    assert outcome.stamp is not None and outcome.stamp.digest == head
    kept = {path.suffix: path for path in (folder / "stamps").iterdir()}
    assert set(kept) == {".tsr", ".tsq", ".pem"}
    words = ("ts", "-verify", "-in", kept[".tsr"], "-CAfile", authority.roots)
    assert b"OK" in openssl(*words, "-digest", head)
    assert b"OK" in openssl(*words, "-queryfile", kept[".tsq"])
    assert kept[".pem"].read_text().count("BEGIN CERTIFICATE") == 3
    assert ask(folder, authority) == [], "what is stamped is not stamped again"
    assert len(authority.asked) == 1
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "stamps/" in done.stdout, "the manifest lists the stamp too"


def test_only_the_digest_leaves_the_machine(authority: Authority, folder: Path) -> None:
    ask(folder, authority)
    (question,) = authority.asked
    assert len(question) < 100
    assert bytes.fromhex(read_chain(folder / CHAIN_NAME).entries[-1].digest) in question


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("other_digest", "回执盖的不是这条证据链"),
        ("refused", "服务拒绝盖章"),
        ("junk", "不是 RFC 3161 时间戳回执"),
        ("empty", "不是 RFC 3161 时间戳回执"),
        ("huge", "过大"),
        ("error", "HTTP 503"),
        ("redirect", "HTTP 302"),
        ("hang", "没有答复"),
        ("drip", "没有答复"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason_and_asked_for_again_later(
    authority: Authority, folder: Path, manner: str, words: str
) -> None:
    authority.manner = manner
    (outcome,) = ask(folder, authority, patience=0.5 if manner in ("hang", "drip") else 5)
    assert words in outcome.error
    assert outcome.stamp is None
    assert not list(folder.rglob("*.tsr"))
    authority.manner = "granted"
    (outcome,) = ask(folder, authority)
    assert outcome.error == ""


def test_an_old_answer_played_again_is_refused(authority: Authority, folder: Path) -> None:
    """Over the same digest, so that only the nonce tells."""
    ask(folder, authority)
    shutil.rmtree(folder / "stamps")
    authority.manner = "replay"
    (outcome,) = ask(folder, authority)
    assert "随机数与请求不符" in outcome.error


def test_an_authority_that_the_office_does_not_know_is_refused(
    authority: Authority, stranger: Authority, folder: Path
) -> None:
    (outcome,) = ask(folder, authority, roots=stranger.roots)
    assert "不是由所填根证书签发" in outcome.error
    (outcome,) = ask(folder, authority, roots=authority.folder / "signer.pem")
    assert "不是由所填根证书签发" in outcome.error, "its own certificate is no root"


def test_out_of_reach_costs_one_try_and_the_others_are_still_asked(
    authority: Authority, folder: Path, tmp_path: Path
) -> None:
    second = tmp_path / "patrol-000002"
    shutil.copytree(folder, second)
    urls = ("http://127.0.0.1:9/tsa", authority.url)
    outcomes = stamp_folders([folder, second], Authorities(urls, read_roots(authority.roots)), patience=5)
    assert [bool(outcome.error) for outcome in outcomes] == [True, False, False]
    assert "连不上" in outcomes[0].error


def test_no_time_left_asks_nobody(authority: Authority, folder: Path) -> None:
    assert stamp_folders([folder], Authorities((authority.url,), read_roots(authority.roots)), seconds=0) == []
    assert authority.asked == []


def test_any_changed_answer_is_refused_or_says_the_same(authority: Authority, folder: Path) -> None:
    """Version numbers and the like stand outside of the signature; nothing that is read from a stamp does."""
    ask(folder, authority)
    (answer,) = authority.answers
    roots = read_roots(authority.roots)
    whole = check_stamp(answer, roots)
    chance = random.Random(11)
    for _ in range(400):
        changed = bytearray(answer)
        changed[chance.randrange(len(answer))] ^= 1 << chance.randrange(8)
        try:
            assert check_stamp(bytes(changed), roots) == whole
        except StampError:
            continue
    for _ in range(50):
        with pytest.raises(StampError):
            check_stamp(answer[: chance.randrange(len(answer))], roots)


# -- what verify makes of them ---------------------------------------------------------------------------------------------


def test_verify_says_since_when_a_chain_stands_and_what_came_after(authority: Authority, folder: Path) -> None:
    roots = read_roots(authority.roots)
    due = Against(roots=roots, stamp_due=True)
    assert Fault.UNSTAMPED in {f.fault for f in verify_folder(folder, due).findings}
    ask(folder, authority)
    report = verify_folder(folder, due)
    assert report.clean, report.findings
    assert [(stamp.line, stamp.authority) for stamp in report.stamps] == [(2, "CN=示例时间戳服务")]
    add_line(folder, "note")
    assert "第 3 至 3 行没有时间戳" in said(folder, due)
    bare = verify_folder(folder)
    assert any("请与该机构公布的 SHA-256 指纹核对" in f.says for f in bare.of([Fault.UNPROVEN]))


def test_a_chain_made_anew_is_given_away_by_its_stamp(authority: Authority, folder: Path) -> None:
    ask(folder, authority)
    (folder / CHAIN_NAME).unlink()
    for kind in ("patrol", "finish"):
        add_line(folder, kind)
    report = verify_folder(folder, Against(roots=read_roots(authority.roots)))
    assert not report.sound
    assert "不在证据链中" in said(folder, Against())


def test_a_stamp_that_was_changed_or_is_a_strangers_is_named(
    authority: Authority, stranger: Authority, folder: Path
) -> None:
    ask(folder, authority)
    (kept,) = folder.rglob("*.tsr")
    assert "签发" in said(folder, Against(roots=read_roots(stranger.roots)))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:200])
    assert f"stamps/{kept.name}" in said(folder, Against())
    kept.with_suffix(".pem").write_bytes(b"junk")
    kept.write_bytes(whole)
    assert f"stamps/{kept.name}" in said(folder, Against())


def test_an_authority_without_its_root_certificate_is_a_wrong_setting(workspace: Workspace) -> None:
    def entered(text: str) -> Workspace:
        path = workspace.root / "patrol.toml"
        path.write_text(f"[evidence]\n{text}\n", encoding="utf-8")
        return Workspace(workspace.root, load_config(path))

    assert Authorities.of(entered("")) == Authorities((), ())
    with pytest.raises(ConfigError, match="timestamp_roots"):
        Authorities.of(entered('timestamp_authorities = ["http://127.0.0.1/"]'))
    with pytest.raises(ConfigError, match="不是网址"):
        Authorities.of(entered('timestamp_authorities = ["file:///etc/passwd"]\ntimestamp_roots = "x.pem"'))
    with pytest.raises(ConfigError, match="读不了"):
        Authorities.of(entered('timestamp_authorities = ["http://127.0.0.1/"]\ntimestamp_roots = "x.pem"'))
    (workspace.root / "x.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="PEM"):
        Authorities.of(entered('timestamp_authorities = ["http://127.0.0.1/"]\ntimestamp_roots = "x.pem"'))
