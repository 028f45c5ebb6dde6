"""An evidence package: nobody needs this program to check it, and it says no more than it can prove."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from sqlalchemy import select
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from patrol.cli import app
from patrol.db.models import Capture
from patrol.errors import EvidenceError, InputError
from patrol.evidence.chain import CHAIN_NAME
from patrol.packages.working_folder import working_folder
from patrol.text.masking import COVER
from tests.evidence.cases import CARD, PHONE, add_lead, keep_patrol, picture, warc_files
from tests.packages.opening import bare_shell, exported, stamp_head, words_of

DRAFT = "草稿（未经审核）"


def test_a_package_is_checked_by_the_system_s_own_programs_as_its_page_says(
    run, workspace, database, lead, tmp_path
) -> None:
    with database.session() as session:
        patrol_id = session.scalars(select(Capture.patrol_id)).first()
    stamp_head(workspace, patrol_id, tmp_path)
    package = exported(run, workspace, lead)
    page = (package / "验证说明.txt").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.+)$", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["sha256sum", "sha256sum", "while", "openssl", "sh"]
    for command in commands:
        done = bare_shell(package, command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert "不符" not in done.stdout
    assert "Verification: OK" in bare_shell(package, commands[3]).stderr + bare_shell(package, commands[3]).stdout
    assert "时间戳 1 个" in bare_shell(package, commands[4]).stdout
    assert len(page.splitlines()) <= 50, "one page"


def test_whatever_byte_is_changed_the_check_names_the_file(run, workspace, database, lead, tmp_path) -> None:
    with database.session() as session:
        patrol_id = session.scalars(select(Capture.patrol_id)).first()
    stamp_head(workspace, patrol_id, tmp_path)
    package = exported(run, workspace, lead)
    evidence = package / "evidence" / f"patrol-{patrol_id:06d}"
    (token,) = (evidence / "stamps").glob("*.tsr")
    (warc,) = evidence.glob("*.warc.gz")
    for path in (
        warc,
        evidence / "chain.txt",
        package / "evidence" / "custody.txt",
        token,
        package / "远程取证记录.docx",
    ):
        kept = {one: one.read_bytes() for one in (path, package / "SHA256SUMS", package / "SM3SUMS")}
        broken = bytearray(kept[path])
        broken[len(broken) // 2] ^= 1
        path.write_bytes(broken)
        done = bare_shell(package, "sh verify.sh")
        assert done.returncode == 1
        assert path.name in done.stdout + done.stderr
        _list_anew(package)
        again = bare_shell(package, "sh verify.sh")
        if path.suffix != ".docx":
            assert again.returncode == 1, f"{path.name}: new lists of digests hide nothing that the chain knows"
            assert path.name in again.stdout
        for one, data in kept.items():
            one.write_bytes(data)
    assert bare_shell(package, "sh verify.sh").returncode == 0
    (package / "多出.txt").write_text("x")
    assert "多出.txt 不在清单中" in bare_shell(package, "sh verify.sh").stdout


def _list_anew(package: Path) -> None:
    """Both lists as a forger would make them."""
    names = [line[66:] for line in (package / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    for kind, name in (("sha256", "SHA256SUMS"), ("sm3", "SM3SUMS")):
        lines = [f"{hashlib.new(kind, (package / n).read_bytes()).hexdigest()} *{n}\n" for n in names]
        (package / name).write_text("".join(lines), encoding="utf-8")


def test_records_are_cut_out_to_the_byte_and_only_the_lead_s(run, workspace, database, lead) -> None:
    package = exported(run, workspace, lead)
    with database.session() as session:
        patrol_id = session.scalars(select(Capture.patrol_id)).first()
    (kept,) = warc_files(workspace, patrol_id)
    (slice_,) = (package / "evidence").glob("*/*.warc.gz")
    assert kept.read_bytes().startswith(slice_.read_bytes()), "these records stand first in the archive"
    with slice_.open("rb") as stream:
        records = [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"))
            for r in ArchiveIterator(stream, check_digests="raise")
        ]
    assert records[0][0] == "warcinfo"
    assert [url for kind, url in records if kind == "response"] == [f"http://shop.example.cn/item/{n}" for n in (1, 2)]
    assert (package / "evidence" / f"patrol-{patrol_id:06d}" / "chain.txt").read_bytes() == (
        kept.parent / CHAIN_NAME
    ).read_bytes()
    assert (package / "screenshots" / "001.png").read_bytes() == picture()


def test_the_wacz_is_one_by_the_specification(run, workspace, lead) -> None:
    package = exported(run, workspace, lead)
    with zipfile.ZipFile(package / "archive.wacz") as wacz:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in wacz.infolist())
        described = json.loads(wacz.read("datapackage.json"))
        assert described["profile"] == "data-package"
        assert described["wacz_version"] == "1.1.1"
        digest = json.loads(wacz.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(wacz.read("datapackage.json")).hexdigest()
        listed = {one["path"]: one for one in described["resources"]}
        assert set(listed) == set(wacz.namelist()) - {"datapackage.json", "datapackage-digest.json"}
        for path, one in listed.items():
            assert one["hash"] == "sha256:" + hashlib.sha256(wacz.read(path)).hexdigest()
            assert one["bytes"] == len(wacz.read(path))
        head, *pages = map(json.loads, wacz.read("pages/pages.jsonl").splitlines())
        assert head["format"] == "json-pages-1.0"
        assert [page["url"] for page in pages] == [f"http://shop.example.cn/item/{n}" for n in (1, 2)]
        lines = wacz.read("indexes/index.cdx").splitlines()
        assert lines == sorted(lines)
        for line in lines:
            key, stamp, said = line.decode().split(" ", 2)
            where = json.loads(said)
            data = wacz.read(f"archive/{where['filename']}")
            offset, length = int(where["offset"]), int(where["length"])
            (workspace.root / "one.warc.gz").write_bytes(data[offset : offset + length])
            with (workspace.root / "one.warc.gz").open("rb") as stream:
                (record,) = [r.rec_headers.get_header("WARC-Target-URI") for r in ArchiveIterator(stream)]
            assert record == where["url"]
            assert len(stamp) == 14
            assert key.startswith(("cn,example,shop)/item/", "urn:"))


def test_the_record_says_who_when_where_how_and_every_step_in_order(run, workspace, database, lead) -> None:
    package = exported(run, workspace, lead)
    said = words_of(package / "远程取证记录.docx")
    with database.session() as session:
        used = session.scalars(select(Capture).order_by(Capture.id).limit(2)).all()
    for capture in used:
        assert capture.url in said
        assert capture.payload_sha256 in said
        assert capture.record_sha256 in said
    for fact in (
        lead,
        "张三、李四",
        "王五",
        "2026-11-24 16:00:00",
        "127.0.0.1",
        "Patrol",
        "环境检查",
        "域名解析和证书未记录",
    ):
        assert fact in said, fact
    assert "没有留下环境检查记录" in said, "what is not known is said"
    order = [
        said.index(step) for step in ("开始第", "item/1，对方地址", "item/2，对方地址", "登记审核", "导出本证据包")
    ]
    steps = sorted(order)
    assert steps.index(order[1]) < steps.index(order[2])
    for line in (package / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line[:64], line[66:]
        if name.startswith(("evidence/", "screenshots/", "archive", "比对/")):
            assert digest in said, name
    assert "{{" not in said and "{%" not in said
    assert DRAFT not in said


def test_the_six_questions_are_answered_and_the_custody_is_shown(run, workspace, lead) -> None:
    said = words_of(exported(run, workspace, lead) / "电子数据审查说明.docx")
    for heading in (
        "一、计算机系统",
        "二、生成主体",
        "三、存储、保管介质",
        "四、提取和固定",
        "五、内容是否有增加",
        "六、是否可以通过特定形式",
    ):
        assert heading in said
    for act in ("审核取证快照", "导出证据包", "不能证明"):
        assert act in said


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice here")
def test_on_paper_nothing_of_the_record_is_lost(run, workspace, lead, tmp_path) -> None:
    package = exported(run, workspace, lead)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    source = package / "远程取证记录.docx"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with pypdfium2.PdfDocument(tmp_path / "远程取证记录.pdf") as paper:
        text = "".join(page.get_textpage().get_text_range() for page in paper)
    flat = "".join(text.split())
    for line in (package / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        if line[66:].startswith(("evidence/", "screenshots/", "archive", "比对/")):
            assert line[:64] in flat, line[66:]


def test_a_draft_says_so_on_every_page(run, workspace, lead) -> None:
    package = exported(run, workspace, lead, review=False, options=("--draft",))
    for name in ("远程取证记录.docx", "电子数据审查说明.docx"):
        document = Document(str(package / name))
        for section in document.sections:
            for header in (section.header, section.even_page_header):
                assert header.paragraphs[0].text == DRAFT
    assert (package / "验证说明.txt").read_text(encoding="utf-8").startswith(DRAFT)
    (comparison,) = (package / "比对").iterdir()
    assert f'<p class="draft">{DRAFT}</p>' in comparison.read_text(encoding="utf-8")


def test_personal_data_are_covered_in_documents_and_whole_in_the_evidence(run, workspace, lead) -> None:
    package = exported(run, workspace, lead)
    (comparison,) = (package / "比对").iterdir()
    html = comparison.read_text(encoding="utf-8")
    assert PHONE not in html
    assert f"138{COVER * 4}8000" in html
    assert CARD not in html
    assert '<mark class="same">夜里潮水退去' in html, "marks are where they were"
    (slice_,) = (package / "evidence").glob("*/*.warc.gz")
    with slice_.open("rb") as stream:
        assert any(PHONE.encode() in record.content_stream().read() for record in ArchiveIterator(stream))


def test_two_leads_share_one_package(run, workspace, database, lead) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 1)
    second = add_lead(database, patrol_id, ids, 2)
    package = exported(run, workspace, lead, second)
    assert len(list((package / "比对").iterdir())) == 2
    assert len(list((package / "evidence").glob("*/chain.txt"))) == 2
    assert bare_shell(package, "sh verify.sh").returncode == 0


def test_after_pruning_a_lead_still_exports_and_verifies(run, workspace, database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 4)
    number = add_lead(database, patrol_id, [ids[2]])
    assert run("prune", "--older-than", "1").exit_code == 0
    package = exported(run, workspace, number)
    done = bare_shell(package, "sh verify.sh")
    assert done.returncode == 0, done.stdout
    assert "清理" in words_of(package / "电子数据审查说明.docx")


def test_changed_evidence_is_not_exported_and_no_half_package_stays(run, workspace, database, lead) -> None:
    run("review", lead, "--officers", "张三", "李四")
    with database.session() as session:
        patrol_id = session.scalars(select(Capture.patrol_id)).first()
    (file,) = warc_files(workspace, patrol_id)
    data = bytearray(file.read_bytes())
    data[300] ^= 1
    file.write_bytes(data)
    refused = run("export", lead)
    assert isinstance(refused.exception, EvidenceError)
    assert file.name in str(refused.exception)
    assert list(workspace.reports.iterdir()) == []


def test_hostile_titles_neither_break_the_documents_nor_speak_in_them(run, workspace, database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 1)
    hostile = "{{ 7*7 }}{% for x in y %}<w:p/>&lt;]]>\u202e反\x0b\x01" + "长" * 3000
    with database.session() as session:
        session.get_one(Capture, ids[0]).title = hostile
    number = add_lead(database, patrol_id, ids, 1, hostile)
    said = words_of(exported(run, workspace, number) / "远程取证记录.docx")
    assert "{{ 7*7 }}" in said
    assert "<w:p/>" in said
    assert "\u202e" not in said
    assert "⟨202E⟩" in said


def test_an_office_s_own_template_goes_first_and_a_broken_one_is_named(run, workspace, lead) -> None:
    own = workspace.root / "templates"
    own.mkdir()
    page = Document()
    page.add_paragraph("本站样式 {{ office }}")
    page.save(str(own / "远程取证记录.docx"))
    package = exported(run, workspace, lead)
    assert "本站样式 某镇版权工作站" in words_of(package / "远程取证记录.docx")
    page.add_paragraph("{{ nothing_of_that_name }}")
    page.save(str(own / "远程取证记录.docx"))
    refused = run("export", lead)
    assert isinstance(refused.exception, InputError)
    assert "远程取证记录.docx" in str(refused.exception)
    assert list(workspace.reports.iterdir()) == []


def test_an_old_package_is_not_written_over(run, workspace, lead) -> None:
    run("review", lead, "--officers", "张三", "李四")
    out = workspace.root / "有.zip"
    out.write_bytes(b"x")
    assert "不覆盖" in str(run("export", lead, "--output", str(out)).exception)
    assert out.read_bytes() == b"x"


def test_what_a_kill_left_of_an_export_is_cleared_at_the_next_command_and_said(run, workspace, lead, tmp_path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    killed = f"""
import os, signal, sys
from pathlib import Path
from patrol.packages.working_folder import working_folder
with working_folder(Path(sys.argv[1]), Path(sys.argv[2])) as folder:
    (folder / "record.warc.gz").write_text("{PHONE}")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", killed, str(workspace.root), str(usb)], check=False)
    (left,) = usb.iterdir()
    old = workspace.reports / ".patrol-export-old"
    old.mkdir()
    with working_folder(workspace.root, workspace.reports) as at_work:
        done = CliRunner().invoke(app, ["evidence", "custody"])
        assert at_work.is_dir(), "an export that is at work keeps its folder"
    assert str(left) in done.stderr
    assert str(old) in done.stderr
    assert list(usb.iterdir()) == []
    assert list(workspace.reports.iterdir()) == []
    assert "临时文件夹" not in CliRunner().invoke(app, ["evidence", "custody"]).stderr
