"""Probes: look at what this machine is and what is set on it: hosts file, proxies, resolvers, routes, accounts, programs."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from patrol import __version__, clock
from patrol.actor import machine_name, system_account
from patrol.config import CHECKOUT
from patrol.environment.model import Browser, HostAnswers, HostsFile, Machine, Network, Program
from patrol.net.connection import DnsAnswer
from patrol.net.resolvers import RESOLV_CONF, SYSTEM, ask_all, nameservers

HOSTS_FILE = (
    Path(os.environ.get("SYSTEMROOT", "C:\\Windows")) / "System32" / "drivers" / "etc" / "hosts"
    if os.name == "nt"
    else Path("/etc/hosts")
)
MAX_HOSTS = 60
NAMES_SECONDS = 10.0
_MAX_BYTES = 4 * 1024 * 1024
_ROUTES = Path("/proc/net/route")
_FOLDERS = ("patrol", "spiders", "pipelines", "fingerprints", "reports", "migrations")
_LIBRARIES = (
    "scrapy", "twisted", "playwright", "scrapy-playwright", "warcio", "cryptography", "pyopenssl", "dnspython", "lxml",
    "sqlalchemy", "numpy", "resiliparse",
)  # fmt: skip
_USERINFO = re.compile(r"//[^/@]*@")


def look_at_hosts_file(hosts: Iterable[str], path: Path = HOSTS_FILE) -> HostsFile:
    """Look at the hosts file: its digest, and its lines that give an address to one of ``hosts``."""
    visited = {host.lower().rstrip(".") for host in hosts} - {"localhost"}
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except FileNotFoundError:
        return HostsFile(path=str(path))
    except OSError as error:
        return HostsFile(path=str(path), error=error.strerror or "无法读取")
    touching = []
    for line in data.decode("utf-8", "replace").splitlines():
        names = line.partition("#")[0].split()[1:]
        if any(name.lower().rstrip(".") in visited for name in names):
            touching.append(" ".join(line.split())[:300])
    return HostsFile(path=str(path), sha256=hashlib.sha256(data).hexdigest(), touching=tuple(touching[:MAX_HOSTS]))


def look_at_network(hosts: Sequence[str], resolv_conf: Path = RESOLV_CONF) -> Network:
    """Look at proxies, name servers and what they say to each host, default routes."""
    try:
        digest = hashlib.sha256(resolv_conf.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    servers = nameservers(resolv_conf)
    return Network(
        proxies=tuple(sorted(proxies().items())),
        nameservers=servers,
        resolv_conf_sha256=digest,
        answers=tuple(host for host in _answers(hosts[:MAX_HOSTS], servers) if host.answers),
        routes=tuple(_default_routes()),
    )


def _answers(hosts: Sequence[str], servers: Sequence[str]) -> Iterator[HostAnswers]:
    """In order. The system's own resolver knows no bound on time, so the whole has one."""
    threads = ThreadPoolExecutor(8, thread_name_prefix="patrol-names")
    asked = {host: threads.submit(ask_all, host, servers) for host in hosts}
    wait(asked.values(), timeout=NAMES_SECONDS)
    late = (DnsAnswer(SYSTEM, (), clock.now(), "超时没有回应"),)
    answered = {host: answer.result() if answer.done() else late for host, answer in asked.items()}
    threads.shutdown(wait=False, cancel_futures=True)
    return (HostAnswers(host=host, answers=answers) for host, answers in answered.items())


def proxies() -> dict[str, str]:
    """Return the proxies that the environment names, by scheme; user and password left out."""
    found = urllib.request.getproxies_environment()
    return {kind: _USERINFO.sub("//（已隐去）@", url) for kind, url in found.items() if kind != "no" and url}


def _default_routes(path: Path = _ROUTES) -> Iterator[str]:
    """Linux only; nothing elsewhere."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return
    for fields in (line.split() for line in lines):
        if len(fields) > 2 and fields[1] == "00000000":
            gateway = ".".join(str(byte) for byte in reversed(bytes.fromhex(fields[2])))
            yield f"{fields[0]} via {gateway}"


def look_at_machine() -> Machine:
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = f"{platform.system()} {platform.release()}"
    return Machine(
        name=machine_name(),
        system=system,
        kernel=f"{platform.system()} {platform.release()} {platform.version()}",
        architecture=platform.machine(),
        user=system_account(),
        boot_at=_boot_time(),
    )


def _boot_time() -> datetime | None:
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found = next((line.split()[1] for line in lines if line.startswith("btime ")), None)
    return datetime.fromtimestamp(int(found), UTC) if found else None


def look_at_program(checkout: Path = CHECKOUT) -> Program:
    digest, count = sources_sha256(checkout)
    commit = _git(checkout, "rev-parse", "HEAD") if (checkout / ".git").exists() else None
    changed = _git(checkout, "status", "--porcelain", "--untracked-files=no") if commit else None
    return Program(
        version=__version__,
        python=platform.python_version(),
        sources_sha256=digest,
        sources=count,
        git_commit=commit or "",
        git_changed=None if changed is None else bool(changed),
        libraries=(
            *((name, found) for name in _LIBRARIES if (found := _version(name))),
            ("openssl", ssl.OPENSSL_VERSION),
        ),
    )


def sources_sha256(checkout: Path) -> tuple[str, int]:
    """Return ``(digest, number of files)`` of the program's own files: SHA-256 over the lines ``<sha256>  <path>``,
    sorted by path, as ``sha256sum`` writes them."""
    found = [
        p for folder in _FOLDERS for p in (checkout / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts
    ]
    found += [checkout / "settings.py", checkout / "scrapy.cfg"]
    paths = sorted(path.relative_to(checkout).as_posix() for path in found if path.is_file())
    lines = (f"{hashlib.sha256((checkout / path).read_bytes()).hexdigest()}  {path}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest(), len(paths)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _git(checkout: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    return _said([git, "-C", str(checkout), *arguments], 5) if git else None


def look_at_browser(path: Path) -> Browser:
    """Look at the browser that will render pages, and in what state each site finds it."""
    return Browser(
        path=str(path),
        version=_said([str(path), "--version"], 10) or "",
        profile="每个站点一个全新的无痕环境：没有历史记录、Cookie 和缓存，不下载文件，不用 Service Worker",
    )


def _said(command: list[str], seconds: float) -> str | None:
    try:
        ended = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.decode("utf-8", "replace").strip()[:2000] if ended.returncode == 0 else None
