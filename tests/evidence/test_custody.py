"""Nothing leaves without a review and an entry, and the entries cannot be changed unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from patrol.cli import app
from patrol.config import Workspace
from patrol.db.models import Capture, CaptureReview
from patrol.errors import EvidenceError, InputError
from patrol.evidence import verify
from patrol.evidence.custody import CUSTODY_NAME, read_custody, record_act
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.verify import verify_custody
from patrol.evidence.warc import prepare
from tests.evidence.cases import PHONE, add_lead, keep_patrol, seller_page
from tests.packages.opening import exported, words_of


def test_without_a_review_nothing_leaves_and_one_is_told_what_to_do(run, workspace, lead) -> None:
    refused = run("export", lead)
    assert isinstance(refused.exception, InputError)
    said = str(refused.exception)
    assert "2 份取证快照未经审核" in said
    assert f"patrol evidence review {lead} --officers 甲 乙" in said
    assert "--draft" in said
    assert not list(workspace.reports.glob("*.zip"))
    assert not (workspace.evidence / CUSTODY_NAME).exists()


def test_the_custody_of_other_cases_stays_out_of_the_documents(run, workspace, database, lead) -> None:
    later, ids = keep_patrol(workspace, database, 1)
    other = add_lead(database, later, ids, 2)
    exported(run, workspace, other)
    package = exported(run, workspace, lead)
    said = words_of(package / "电子数据审查说明.docx")
    assert lead in said
    assert other not in said
    assert other in (package / "evidence" / "custody.txt").read_text(encoding="utf-8")


def test_asking_for_personal_data_needs_a_reason_and_a_name_and_is_noted(run, workspace, lead) -> None:
    run("review", lead, "--officers", "张三", "李四")
    out = workspace.root / "x.zip"
    for missing in (("--by", "张三"), ("--reason", "报送检察机关", "--by", "")):
        refused = run("export", lead, "--output", str(out), "--unmasked", *missing)
        assert isinstance(refused.exception, InputError)
        assert not out.exists()
    package = exported(
        run, workspace, lead, review=False, options=("--unmasked", "--reason", "报送检察机关", "--by", "张三")
    )
    (comparison,) = (package / "比对").iterdir()
    assert PHONE in comparison.read_text(encoding="utf-8")
    acts = read_custody(workspace.evidence / CUSTODY_NAME)
    (unmasked,) = [act for act in acts if act.act == "显示完整个人信息"]
    assert (unmasked.officers, unmasked.why) == (("张三",), "报送检察机关")


def test_the_report_too_covers_and_notes(workspace, database, lead, monkeypatch) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    out = workspace.root / "r.html"
    assert CliRunner().invoke(app, ["report", "--output", str(out)]).exit_code == 0
    assert PHONE not in out.read_text(encoding="utf-8")
    refused = CliRunner().invoke(app, ["report", "--output", str(out), "--unmasked"])
    assert isinstance(refused.exception, InputError)
    asked = ["report", "--output", str(out), "--unmasked", "--reason", "核对", "--by", "张三"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert PHONE in out.read_text(encoding="utf-8")
    assert read_custody(workspace.evidence / CUSTODY_NAME)[-1].why == "核对"


def test_a_review_is_appended_never_changed_and_a_later_capture_wants_its_own(run, workspace, database, lead) -> None:
    for people in (("张三", "李四"), ("赵六", "李四")):
        assert run("review", lead, "--officers", *people).exit_code == 0
    with database.session() as session:
        marks = session.scalars(select(CaptureReview).order_by(CaptureReview.id)).all()
        assert [mark.officers for mark in marks] == [["张三", "李四"]] * 2 + [["赵六", "李四"]] * 2
        (first, *_rest) = session.scalars(select(Capture).order_by(Capture.id)).all()
        assert marks[0].record_sha256 == first.record_sha256
        patrol_id = first.patrol_id
    assert patrol_id
    later, ids = keep_patrol(workspace, database, 1)
    second = add_lead(database, later, ids, 2)
    assert run("export", lead).exit_code == 0
    refused = run("export", lead, second)
    assert "1 份取证快照未经审核" in str(refused.exception)
    assert second in str(refused.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("review", "1"), "须有两名执法人员"),
        (("review", "1", "--officers", "张三", "张三"), "不能是同一人"),
        (("review", "1", "--officers", "张三", "李四", "--reviewer", "李四"), "审核人 李四 不能是"),
        (("review", "99", "--officers", "张三", "李四"), "没有编号为“99”"),
        (("export", "案线〔2099〕0001号"), "没有编号为"),
    ],
)
def test_wrong_words_are_told_with_the_remedy(run, lead, words, said) -> None:
    assert said in str(run(*words).exception)


def test_officers_of_the_settings_stand_in(run, workspace, lead) -> None:
    config = workspace.root / "patrol.toml"
    text = config.read_text(encoding="utf-8").replace("officers = []", 'officers = ["张三", "李四"]')
    config.write_text(text.replace('reviewer = ""', 'reviewer = "王五"'), encoding="utf-8")
    assert "张三、李四" in run("review", lead).output


def test_the_custody_is_a_chain_that_survives_a_torn_line_and_names_a_changed_one(workspace: Workspace) -> None:
    for n in range(3):
        record_act(workspace, "export", officers=["张三"], what=f"线索 {n}", why="报送")
    path = workspace.evidence / CUSTODY_NAME
    whole = path.read_bytes()
    path.write_bytes(whole + b"half a li")
    record_act(workspace, "export", what="线索 3")
    acts = read_custody(path)
    assert [act.act for act in acts] == ["建立流转记录", *["导出证据包"] * 3, "截去未写完的记录", "导出证据包"]
    assert path.read_bytes().startswith(whole)
    path.write_bytes(path.read_bytes().replace("线索 1".encode(), "线索 9".encode()))
    with pytest.raises(EvidenceError, match="第 3 行"):
        record_act(workspace, "export", what="线索 4")


def test_what_cannot_be_entered_in_the_custody_does_not_happen(run, workspace, lead) -> None:
    run("review", lead, "--officers", "张三", "李四")
    path = workspace.evidence / CUSTODY_NAME
    path.unlink()
    path.mkdir()
    refused = run("export", lead)
    assert isinstance(refused.exception, EvidenceError | OSError)
    assert list(workspace.reports.iterdir()) == []


def test_two_commands_at_once_both_find_their_place_in_the_custody(workspace: Workspace) -> None:
    code = (
        "import sys; from patrol.config import Workspace; from patrol.evidence.custody import record_act\n"
        "for n in range(20): record_act(Workspace.find(), 'export', what=str(n))"
    )
    environment = os.environ | {"PATROL_WORKSPACE": str(workspace.root)}

    both = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(read_custody(workspace.evidence / CUSTODY_NAME)) == 41


def test_verification_finds_a_custody_that_was_changed_shortened_or_taken_away(run, workspace, database, lead) -> None:
    for n in range(3):
        record_act(workspace, "export", officers=["张三"], what=f"线索 {n}", why="报送")
    keep_patrol(workspace, database, 1)
    path = workspace.evidence / CUSTODY_NAME
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    def found() -> str:
        report = verify_custody(workspace.evidence)
        assert report is not None
        return "" if report.sound else "".join(map(str, report.findings))

    assert found() == ""
    path.write_bytes(whole.replace("线索 1".encode(), "线索 9".encode()))
    assert "第 3 行" in found()
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    assert "第 2 行" in found()
    path.write_bytes(b"".join(lines[:-1]))
    assert "patrol-000002 首行所记的流转记录链头不在其中" in found(), "a whole line off the end"
    assert CliRunner().invoke(app, ["verify"]).exit_code == 1
    path.unlink()
    assert "不见了" in found()


def test_whoever_looks_at_evidence_is_entered(run, workspace, database, lead, tmp_path) -> None:
    for words in (["leads", "show", lead], ["report", "--output", str(tmp_path / "r.html")], ["verify", lead]):
        assert CliRunner().invoke(app, words).exit_code == 0
    acts = read_custody(workspace.evidence / CUSTODY_NAME)
    assert [act.act for act in acts] == ["建立流转记录", "查看证据", "生成线索报告", "核验证据"]
    assert [act.leads for act in acts] == [(), (lead,), (), (lead,)]
    assert acts[3].what == f"线索 {lead}：完好"
    path = workspace.evidence / CUSTODY_NAME
    path.write_bytes(
        path.read_bytes().replace("核验".encode(), "核对".encode(), 1).replace("完好".encode(), "甚好".encode())
    )
    done = CliRunner().invoke(app, ["verify"])
    assert done.exit_code == 1
    assert "没有登记" in done.output, "what was found is shown all the same"


def test_a_patrol_that_begins_and_ends_under_a_verification_is_no_tampering(workspace, database, monkeypatch) -> None:
    patrol_id, _ = keep_patrol(workspace, database, 1)
    folder = patrol_folder(workspace, patrol_id)
    scan, done = verify.scan_chain, []

    def slowly(path: Path) -> object:
        read = scan(path)
        if not done:
            done.append(True)
            vault = Vault.open(workspace, database, patrol_id)
            vault.keep([prepare(seller_page(7, patrol_id), program=PROGRAM)])
            vault.finish()
            vault.close()
        return read

    monkeypatch.setattr(verify, "scan_chain", slowly)
    report = verify.verify_folder(folder)
    assert report.clean, report.findings
    assert report.captures == 2
