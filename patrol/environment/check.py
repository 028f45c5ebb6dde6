"""Check of the surroundings (清洁性检查): looks at everything at once, each matter within bounds of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from patrol import clock
from patrol.environment.model import Clock, EnvironmentFinding, HostsFile, Network, Program, Surroundings
from patrol.environment.probes import (
    look_at_browser,
    look_at_hosts_file,
    look_at_machine,
    look_at_network,
    look_at_program,
)
from patrol.environment.time_source import look_at_clock
from patrol.net.connection import DnsAnswer
from patrol.net.resolvers import SYSTEM

MAX_OFFSET = 2.0
"""Seconds that the clock may be off before that is a warning."""


@dataclass(frozen=True, slots=True)
class Itinerary:
    """What a patrol is going to visit: hosts, the browser if one is needed, and time servers to ask (settings)."""

    hosts: tuple[str, ...] = ()
    browser: Path | None = None
    time_servers: tuple[str, ...] = ()


def examine(itinerary: Itinerary) -> Surroundings:
    """Look at everything. Takes some seconds at most, and does not raise for what it finds."""
    at = clock.now()
    with ThreadPoolExecutor(4, thread_name_prefix="patrol-surroundings") as threads:
        machine_clock = threads.submit(look_at_clock, itinerary.time_servers)
        network = threads.submit(look_at_network, itinerary.hosts)
        program = threads.submit(look_at_program)
        browser = threads.submit(look_at_browser, itinerary.browser) if itinerary.browser else None
        hosts_file = look_at_hosts_file(itinerary.hosts)
        machine = look_at_machine()
    found = Surroundings(
        at=at,
        clock=machine_clock.result(),
        hosts_file=hosts_file,
        network=network.result(),
        machine=machine,
        program=program.result(),
        browser=browser.result() if browser else None,
    )
    return found.model_copy(update={"findings": tuple(findings(found))})


def findings(found: Surroundings) -> Iterator[EnvironmentFinding]:
    """Yield what speaks against a clean environment, and what could not be learnt, in the order of the table below."""
    yield from _clock(found.clock)
    yield from _hosts_file(found.hosts_file)
    yield from _proxies(found.network)
    yield from _answers(found.network)
    yield from _program(found.program)
    if found.browser is not None and not found.browser.version:
        yield EnvironmentFinding(check="browser", level="unknown", said=f"问不出浏览器 {found.browser.path} 的版本")


def _clock(clock: Clock) -> Iterator[EnvironmentFinding]:
    measured = [(r.server, r.offset) for r in clock.readings if r.offset is not None]
    if clock.service_offset is not None:
        measured.append(("系统时间服务", clock.service_offset))
    for source, offset in measured:
        if abs(offset) > MAX_OFFSET:
            how = "慢" if offset > 0 else "快"
            said = f"本机时钟比 {source} {how} {abs(offset):.1f} 秒，取证时间会不准。请先校准系统时间，再重新巡查"
            yield EnvironmentFinding(check="clock", level="warn", said=said)
    for reading in clock.readings:
        if reading.error:
            yield EnvironmentFinding(
                check="clock", level="unknown", said=f"时间服务器 {reading.server}：{reading.error}"
            )
    if clock.synchronized is False:
        said = "系统的时间服务没有校准好时钟。请检查系统的自动校时"
        yield EnvironmentFinding(check="clock", level="warn" if not measured else "unknown", said=said)
    elif clock.synchronized is None and not measured:
        said = "没有时间来源可核对本机时钟。请在 patrol.toml 的 [evidence] time_servers 填写时间服务器"
        yield EnvironmentFinding(check="clock", level="unknown", said=said)


def _hosts_file(file: HostsFile) -> Iterator[EnvironmentFinding]:
    for line in file.touching:
        said = f"{file.path} 里有一行指定了要巡查的网站的地址：“{line}”，看到的可能不是真网站。请删去这一行后重新巡查"
        yield EnvironmentFinding(check="hosts_file", level="warn", said=said)
    if file.error:
        yield EnvironmentFinding(check="hosts_file", level="unknown", said=f"{file.path} 无法读取：{file.error}")


def _proxies(network: Network) -> Iterator[EnvironmentFinding]:
    if network.proxies:
        named = "、".join(f"{kind}={url}" for kind, url in network.proxies)
        said = f"环境变量里设了代理（{named}）。巡查不走代理，但环境不算清洁。请取消代理后重新巡查"
        yield EnvironmentFinding(check="proxy", level="warn", said=said)


def _answers(network: Network) -> Iterator[EnvironmentFinding]:
    for host in network.answers:
        system = next((a for a in host.answers if a.resolver == SYSTEM), None)
        inside = [a for a in system.addresses if not ip_address(a).is_global] if system else []
        if inside and any(_has_public(a) for a in host.answers if a.resolver != SYSTEM):
            said = f"本机把 {host.host} 解析到内网地址 {inside[0]}，与域名服务器的回答不同。请查明原因后重新巡查"
            yield EnvironmentFinding(check="resolvers", level="warn", said=said)


def _has_public(answer: DnsAnswer) -> bool:
    return any(ip_address(address).is_global for address in answer.addresses)


def _program(program: Program) -> Iterator[EnvironmentFinding]:
    if program.git_changed:
        said = "程序文件与登记的版本不同（有未提交的改动）。正式取证请用未改动的版本"
        yield EnvironmentFinding(check="program", level="unknown", said=said)
