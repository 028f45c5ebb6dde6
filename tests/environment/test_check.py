"""The check of the surroundings finds what would make a capture doubtful, and keeps what it found."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from sqlalchemy import insert, update

from patrol.config import CHECKOUT, Workspace
from patrol.db.models import Patrol, PatrolTarget, Target
from patrol.db.session import Database
from patrol.environment.check import Itinerary, examine, findings
from patrol.environment.itinerary import itinerary
from patrol.environment.model import (
    Clock,
    HostAnswers,
    HostsFile,
    Machine,
    Network,
    Program,
    Surroundings,
    TimeReading,
    read_surroundings,
)
from patrol.environment.probes import look_at_hosts_file, proxies, sources_sha256
from patrol.environment.time_source import ask_server
from patrol.evidence.chain import CHAIN_NAME, read_chain
from patrol.evidence.files import patrol_folder
from patrol.net.connection import DnsAnswer
from patrol.net.resolvers import ask_all, nameservers
from patrol.net.resolvers import ask_server as ask_name_server
from patrol.processing.session import PatrolSession

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
Answer = Callable[[bytes], bytes | None]


@contextmanager
def udp(answer: Answer) -> Iterator[int]:
    """A server on loopback that answers each datagram (None: not at all)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    data, address = link.recvfrom(2048)
                except TimeoutError:
                    continue
                if (said := answer(data)) is not None:
                    link.sendto(said, address)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield link.getsockname()[1]
        ended.set()
        thread.join()


def time_answer(ahead: float, *, stratum: int = 2, head: int = 0x24, mark: bytes | None = None) -> Answer:
    """A time server whose clock is ``ahead`` of ours, in seconds."""

    def answer(asked: bytes) -> bytes:
        now = time.time() + ahead + 2_208_988_800
        stamp = struct.pack(">II", int(now), int(now % 1 * (1 << 32)))
        return bytes([head, stratum]) + bytes(22) + (mark or asked[40:48]) + stamp + stamp

    return answer


@pytest.mark.parametrize("ahead", [0.0, 4.0, -7.5])
def test_a_time_server_tells_how_far_the_clock_is_off(ahead: float) -> None:
    with udp(time_answer(ahead)) as port:
        reading = ask_server(f"127.0.0.1:{port}")
    assert reading.error == ""
    assert reading.offset == pytest.approx(ahead, abs=0.5)
    assert reading.stratum == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (time_answer(0, mark=b"other012"), "回答不合时间协议"),
        (time_answer(0, head=0x23), "回答不合时间协议"),
        (lambda _: b"short", "回答不合时间协议"),
        (time_answer(0, stratum=0), "时间服务器自己没有校准，或拒绝回答"),
        (time_answer(0, head=0xE4), "时间服务器自己没有校准，或拒绝回答"),
    ],
)
def test_an_answer_that_cannot_be_trusted_sets_no_clock_right(answer: Answer, said: str) -> None:
    with udp(answer) as port:
        reading = ask_server(f"127.0.0.1:{port}")
    assert (reading.offset, reading.error) == (None, said)


def test_time_servers_out_of_reach_are_named_and_stop_nothing() -> None:
    with udp(lambda _: None) as port:
        assert ask_server(f"127.0.0.1:{port}").error == "超时没有回应"
    assert ask_server("127.0.0.1:none").error == "连接不上"


def clean(**changed: object) -> Surroundings:
    values: dict[str, object] = {
        "at": AT,
        "clock": Clock(now=AT, zone="Asia/Shanghai", readings=(TimeReading(server="ntp", at=AT, offset=0.1),)),
        "hosts_file": HostsFile(path="/etc/hosts"),
        "network": Network(),
        "machine": Machine(name="m", system="s", kernel="k", architecture="a", user="u"),
        "program": Program(version="0", python="3", sources_sha256="", sources=0),
    }
    return Surroundings.model_validate(values | changed)


def warned(**changed: object) -> list[str]:
    return [finding.said for finding in findings(clean(**changed)) if finding.level == "warn"]


def test_clean_surroundings_have_no_findings() -> None:
    assert list(findings(clean())) == []


def test_a_clock_that_is_off_by_more_than_two_seconds_is_a_warning() -> None:
    def clock(**values: object) -> Clock:
        return Clock.model_validate({"now": AT, "zone": "CST"} | values)

    reading = TimeReading(server="ntp.example.cn", at=AT, offset=3.24)
    assert warned(clock=clock(readings=(reading,)))[0].startswith("本机时钟比 ntp.example.cn 慢 3.2 秒")
    assert "快 2.5 秒" in warned(clock=clock(service_offset=-2.5))[0]
    assert warned(clock=clock(service_offset=1.9)) == []
    assert "没有校准" in warned(clock=clock(synchronized=False))[0]
    (unknown,) = findings(clean(clock=clock()))
    assert (unknown.level, "time_servers" in unknown.said) == ("unknown", True)


def test_a_hosts_entry_for_a_site_is_a_warning_and_others_are_not(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(
        "127.0.0.1 localhost\n10.0.0.5\tShop.example.cn  m.shop.example.cn # 测试\n#1.2.3.4 bbs.example.cn\n"
    )
    found = look_at_hosts_file(["shop.example.cn", "bbs.example.cn", "localhost"], file)
    assert found.touching == ("10.0.0.5 Shop.example.cn m.shop.example.cn # 测试",)
    assert found.sha256
    assert "10.0.0.5 Shop.example.cn" in warned(hosts_file=found)[0]
    assert look_at_hosts_file(["shop.example.cn"], tmp_path / "none") == HostsFile(path=str(tmp_path / "none"))


def test_a_proxy_is_a_warning_and_its_password_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    assert proxies() == {}
    monkeypatch.setenv("http_proxy", "http://officer:secret@proxy.example.cn:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    assert proxies() == {"http": "http://（已隐去）@proxy.example.cn:3128"}
    (said,) = warned(network=Network(proxies=tuple(proxies().items())))
    assert "proxy.example.cn:3128" in said
    assert "secret" not in said


def name_server(addresses: dict[str, str]) -> Answer:
    def answer(asked: bytes) -> bytes:
        query = dns.message.from_wire(asked)
        said = dns.message.make_response(query)
        question = query.question[0]
        address = addresses.get(question.name.to_text().rstrip("."))
        if address is None:
            said.set_rcode(3)
        elif question.rdtype == 1:
            said.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", address))
        return said.to_wire()

    return answer


def test_every_name_server_is_asked_past_the_machine_s_own_files() -> None:
    with udp(name_server({"shop.cn": "203.0.113.7"})) as port:
        known = ask_all("localhost", ["127.0.0.1"], port)
        absent = ask_name_server("127.0.0.1", "nowhere.cn", port)
        found = ask_name_server("127.0.0.1", "shop.cn", port)
    assert [a.resolver for a in known] == ["system"]
    assert (found.addresses, found.error) == (("203.0.113.7",), "")
    assert (absent.addresses, absent.error) == ((), "没有这个域名")
    assert ask_all("127.0.0.1", ["127.0.0.1"], 1) == ()


def test_name_servers_are_read_from_resolv_conf(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# 注释\nsearch example.cn\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0\n")
    assert nameservers(file) == ("192.0.2.53", "2001:db8::53")
    assert nameservers(tmp_path / "none") == ()


def test_a_name_that_only_this_machine_leads_inside_is_a_warning() -> None:
    inside = DnsAnswer("system", ("10.0.0.5",), AT)
    outside = DnsAnswer("192.0.2.53", ("8.8.8.8",), AT)
    (said,) = warned(network=Network(answers=(HostAnswers(host="shop.cn", answers=(inside, outside)),)))
    assert "shop.cn 解析到内网地址 10.0.0.5" in said
    agreed = DnsAnswer("192.0.2.53", ("10.0.0.5",), AT)
    assert warned(network=Network(answers=(HostAnswers(host="shop.cn", answers=(inside, agreed)),))) == []


def test_the_digest_of_the_program_is_what_sha256sum_makes(tmp_path: Path) -> None:
    for name, text in {"patrol/a.py": "a", "spiders/sites/网店/site.yaml": "b", "settings.py": "c"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "patrol" / "__pycache__").mkdir()
    (tmp_path / "patrol" / "__pycache__" / "a.pyc").write_text("left out")
    command = "find patrol spiders settings.py -type f -not -path '*__pycache__*' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    made = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert sources_sha256(tmp_path) == (made.split()[0], 3)
    (tmp_path / "patrol" / "a.py").write_text("changed")
    assert sources_sha256(tmp_path)[0] != made.split()[0]


def test_what_is_found_says_machine_program_and_browser() -> None:
    found = examine(Itinerary())
    assert found.program.sources > 100
    assert (found.machine.name, found.browser) == (socket.gethostname(), None)
    assert dict(found.program.libraries)["scrapy"]
    if (CHECKOUT / ".git").exists():
        assert len(found.program.git_commit) == 40
    assert Surroundings.model_validate_json(found.model_dump_json()) == found


@pytest.fixture
def patrol_id(workspace: Workspace, database: Database) -> int:
    """A patrol to one site, which starts at a name that its target adds to."""
    folder = workspace.path(workspace.config.storage.sites) / "小店"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text("name: 小店\nkind: listing\nstart: http://shop.example/list\n", encoding="utf-8")
    now = datetime.now(UTC)
    with database.session() as session:
        patrol = Patrol(started_at=now)
        target = Target(name="店", field="book", site="小店", url="http://m.shop.example/1", imported_at=now)
        session.add_all([patrol, target])
        session.flush()
        session.execute(insert(PatrolTarget).values(patrol_id=patrol.id, target_id=target.id))
        return patrol.id


def test_the_hosts_of_a_patrol_are_those_of_its_targets_and_sites(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    assert itinerary(workspace, database, patrol_id) == Itinerary(hosts=("m.shop.example", "shop.example"))


def test_the_hosts_of_a_site_are_those_of_its_home_and_of_every_kind_of_start(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    starts = (
        "  - http://list.example/a\n  - search: http://search.example/s?q={work}\n"
        "  - sitemap: http://map.example/sitemap.xml\n  - feed: http://feed.example/rss\n"
    )
    file = workspace.path(workspace.config.storage.sites) / "小店" / "site.yaml"
    file.write_text(f"name: 小店\nkind: listing\nhome: http://home.example/\nstart:\n{starts}", encoding="utf-8")
    hosts = ("m.shop.example", "home.example", "list.example", "search.example", "map.example", "feed.example")
    assert itinerary(workspace, database, patrol_id).hosts == hosts


def test_each_start_of_a_patrol_keeps_a_check_before_its_first_page(
    workspace: Workspace, database: Database, patrol_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def begin() -> tuple[str, ...]:
        room = await PatrolSession.open(workspace, database, patrol_id)
        try:
            return room.warnings
        finally:
            await room.close()

    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    assert asyncio.run(begin()) == ()
    monkeypatch.setenv("https_proxy", "http://10.0.0.1:8080")
    (warning,) = asyncio.run(begin())
    folder = patrol_folder(workspace, patrol_id)
    first, second = read_surroundings(folder)
    assert (first.warnings, second.warnings) == ((), (warning,))
    assert [host.host for host in first.network.answers] == ["m.shop.example", "shop.example"]
    kinds = [entry.kind for entry in read_chain(folder / CHAIN_NAME).entries]
    assert kinds == ["patrol", "file", "surroundings", "surroundings"]


def test_an_ad_hoc_crawl_visits_the_site_that_it_names(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    with database.session() as session:
        session.execute(PatrolTarget.__table__.delete())  # type: ignore[attr-defined]
        session.execute(update(Patrol).values(filter=json.loads('{"ad_hoc": "listing", "site": "小店"}')))
    assert itinerary(workspace, database, patrol_id).hosts == ("shop.example",)
