"""Clock check: asks the system's time service, and time servers that the office names, how right this clock is."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from patrol import clock
from patrol.environment.model import Clock, TimeReading

SECONDS = 2.0
MAX_SERVERS = 5
_PORT = 123
_FROM_1900 = 2_208_988_800
_LOCALTIME = Path("/etc/localtime")
_SLOW = re.compile(r"System time\s*:\s*([0-9.]+) seconds (slow|fast)")


def look_at_clock(servers: Sequence[str]) -> Clock:
    """Ask everybody at the same time; each has ``SECONDS``."""
    with ThreadPoolExecutor(1 + MAX_SERVERS, thread_name_prefix="patrol-clock") as threads:
        service = threads.submit(ask_service)
        readings = tuple(threads.map(ask_server, servers[:MAX_SERVERS]))
        said, synchronized, offset = service.result()
    now = clock.machine_now()
    return Clock(
        now=now, zone=_zone() or now.tzname() or "", service=said, synchronized=synchronized, service_offset=offset, readings=readings
    )  # fmt: skip


def _zone() -> str:
    """The zone's name, such as ``Asia/Shanghai``, where the system keeps it the usual way."""
    try:
        return str(_LOCALTIME.readlink()).partition("zoneinfo/")[2]
    except OSError:
        return ""


def ask_server(server: str) -> TimeReading:
    """Ask one time server by SNTP (RFC 4330), ``host`` or ``host:port``. Never raises; ``error`` is Chinese."""
    at = clock.now()
    failed = partial(TimeReading, server=server, at=at)
    host, _, port = server.rpartition(":") if server.count(":") == 1 else (server.strip("[]"), "", "")
    mark = secrets.token_bytes(8)
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, int(port or _PORT), type=socket.SOCK_DGRAM)[0]
        with socket.socket(kind, socket.SOCK_DGRAM) as link:
            link.settimeout(SECONDS)
            link.connect(address)
            sent = time.time()
            # Version 4, mode 3 (client). The transmit time is a random mark that the server must give back.
            link.send(b"\x23" + bytes(39) + mark)
            answer = link.recv(512)
            came = time.time()
    except TimeoutError:
        return failed(error="超时没有回应")
    except (OSError, ValueError, UnicodeError):
        return failed(error="连接不上")
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[24:32] != mark:
        return failed(error="回答不合时间协议")
    stratum = answer[1]
    if not 1 <= stratum <= 15 or answer[0] >> 6 == 3:
        return failed(stratum=stratum, error="时间服务器自己没有校准，或拒绝回答")
    received, transmitted = (_seconds(answer[i : i + 8]) for i in (32, 40))
    return TimeReading(
        server=server,
        at=at,
        offset=round(((received - sent) + (transmitted - came)) / 2, 6),
        round_trip=round((came - sent) - (transmitted - received), 6),
        stratum=stratum,
    )


def _seconds(stamp: bytes) -> float:
    whole, part = struct.unpack(">II", stamp)
    # Times after 2036 begin at nought again (RFC 4330, 3).
    era = 0 if whole & 0x80000000 else 1 << 32
    return float(whole + era - _FROM_1900 + part / (1 << 32))


def ask_service() -> tuple[str, bool | None, float | None]:
    """Ask the system's time service: what it says of itself, whether it is in step (None: it does not say), and by how
    many seconds the clock is behind (negative: ahead)."""
    said = _run("chronyc", "-n", "tracking")
    if said:
        found = _SLOW.search(said)
        offset = None if found is None else float(found[1]) * (1 if found[2] == "slow" else -1)
        return said, "Not synchronised" not in said, offset
    said = _run("timedatectl", "show", "-p", "NTP", "-p", "NTPSynchronized", "-p", "Timezone")
    if "NTPSynchronized=" in said:
        return said, "NTPSynchronized=yes" in said, None
    return "", None, None


def _run(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        ended = subprocess.run([path, *arguments], capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.decode("utf-8", "replace").strip()[:2000] if ended.returncode == 0 else ""
