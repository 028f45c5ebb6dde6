"""Lists on terminals of every width, and what officers write on the command line: words, days, periods."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from patrol.cli.console import console
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.vocabulary import MatchKind
from tests.cli.calling import patrol as call
from tests.leads.cases import Cases, days

TITLE = "古风机关本《更漏多一声》完整版电子剧本，含主持人手册和线索卡，付款后自动发货"
SELLER = "山茶街旧书与剧本资料铺"

Patrol = Callable[..., str]


@pytest.fixture
def patrol(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Patrol:
    """Run a command on a terminal of a width: what it prints, or what it complains of where it is to end with 2."""

    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))

    def run(*words: str, width: int = 200, status: int = 0) -> str:
        monkeypatch.setattr(console, "width", width)
        done = call(*words)
        assert done.returncode == status, done.stderr
        return done.stderr if status else done.stdout

    return run


@pytest.fixture
def cases(database: Database) -> Cases:
    return Cases(database)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_leads_can_be_read_at_every_width(cases: Cases, patrol: Patrol, width: int) -> None:
    for number in range(1, 4):
        cases.lead(
            f"http://shop.example.cn/{number}", kind=MatchKind.DISGUISED, seller=SELLER, title=f"{number}号货{TITLE}"
        )
    lines = patrol("leads", "list", width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    for number in range(1, 4):
        full = f"案线〔2026〕{number:04d}号"
        (line,) = [line for line in lines if full in line]
        assert line.split()[:4] == [str(number), full, "乙级", "变形规避"]
        entry = "\n".join(lines[lines.index(line) :][:4])
        assert f"{number}号货古风机关" in entry
        assert SELLER[:4] in entry


def test_columns_that_found_no_room_are_named(cases: Cases, patrol: Patrol) -> None:
    cases.lead(seller=SELLER, title=TITLE)
    narrow = patrol("leads", "list", width=84)
    assert "窗口较窄，没有列出：作品、得分、站点、领域" in narrow
    assert "没有列出" not in patrol("leads", "list", width=200)
    assert "作品：夜航船" in patrol("leads", "list", width=60), "a paragraph has room for all"


def test_a_long_list_is_shortened_and_says_so(cases: Cases, patrol: Patrol) -> None:
    for number in range(1, 53):
        cases.lead(f"http://shop.example.cn/{number}", title=f"第{number}件")
    shown = patrol("leads", "list")
    assert "线索 52 条" in shown
    assert shown.count("案线〔2026〕") == 50
    assert "列出了最该先看的 50 条；要看更多，请写 --limit 52" in shown
    assert "要看更多" not in patrol("leads", "list", "--limit", "52")
    assert patrol("leads", "list", "--json").count('"number"') == 52


def test_what_a_page_says_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_list("", (whole("甲"), Column("乙")), [("1", "红\x1b[31m字\u202e倒\a了")])
    assert "红�[31m字�倒了" in capsys.readouterr().out


def test_a_number_is_never_broken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "width", 24)
    show_list("", (figure("序号"), whole("编号"), Column("标题")), [("1", "案线〔2026〕0001号", "一个标题")])
    assert "1  案线〔2026〕0001号\n  标题：一个标题" in capsys.readouterr().out


# -- words and days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-03-03", "2026/3/3", "2026年3月3日"])
def test_the_last_day_of_a_period_counts_however_it_is_written(cases: Cases, patrol: Patrol, day: str) -> None:
    cases.lead(title="那天", at=days(1))
    cases.lead("http://shop.example.cn/2", title="次日", at=days(2))
    assert '"那天"' in patrol("leads", "list", "--json", "--since", day, "--until", day)
    assert '"次日"' not in patrol("leads", "list", "--json", "--since", day, "--until", day)
    assert "1 条以上" not in patrol("infringers", "list", "--all", "--until", day)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("leads", "list", "--since", "明天"), "--since：“明天”不是日期，请写成 2024-01-05 这样"),
        (("leads", "list", "--since", "2026-02-30"), "--since：“2026-02-30”不是真实的日期"),
        (("leads", "list", "--since", "2026-11-281"), "--since：“2026-11-281”不是日期"),
        (("leads", "list", "--since", "2026-03-02", "--until", "2026-03-01"), "截止日期早于起始日期"),
        (("leads", "list", "--kind", "抄袭"), "--kind：“抄袭”不在可选范围内（可选：原文复制、"),
    ],
)
def test_a_word_or_day_that_is_none_is_told_with_its_option(patrol: Patrol, words: tuple[str, ...], said: str) -> None:
    assert said in patrol(*words, status=2).replace("\n", "")


def test_kinds_and_grades_are_known_by_their_chinese_names(cases: Cases, patrol: Patrol) -> None:
    cases.lead(kind=MatchKind.WASHED, title="洗过的")
    for word in ("洗稿", "washed"):
        assert "洗过的" in patrol("leads", "list", "--kind", word, "--field", "图书", "--status", "待核查")
    assert "没有符合条件的线索" in patrol("leads", "list", "--kind", "售卖线索")
