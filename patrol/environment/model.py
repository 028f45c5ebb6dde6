"""Surroundings (清洁性检查): hold what was found of the machine at a patrol's start: is it fit to see what others see?

What is looked at stands in ``Surroundings``; what speaks against a clean environment in its ``findings``, each a
Chinese sentence. The record is kept in the patrol's chain (a line ``surroundings``), anew each time that a patrol is
resumed. Nothing here stops a patrol: a person judges.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from patrol.errors import EvidenceError
from patrol.evidence.chain import CHAIN_NAME, read_chain
from patrol.evidence.record_reader import read_metadata
from patrol.net.connection import DnsAnswer

Level = Literal["warn", "unknown"]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class TimeReading(_Facts):
    """One time server's answer (SNTP, RFC 4330). ``offset``: seconds to add to our clock to agree with the server's."""

    server: str
    at: datetime
    offset: float | None = None
    round_trip: float | None = None
    stratum: int | None = None
    error: str = ""


class Clock(_Facts):
    """``service``: what the system's own time service says of itself, word for word; ``synchronized`` None: not known.
    ``service_offset`` in seconds, as ``TimeReading.offset``."""

    now: datetime
    zone: str
    service: str = ""
    synchronized: bool | None = None
    service_offset: float | None = None
    readings: tuple[TimeReading, ...] = ()


class HostsFile(_Facts):
    """``touching``: the lines that give an address to a host of this patrol."""

    path: str
    sha256: str = ""
    touching: tuple[str, ...] = ()
    error: str = ""


class HostAnswers(_Facts):
    """What each resolver said to one host of this patrol."""

    host: str
    answers: tuple[DnsAnswer, ...]


class Network(_Facts):
    """``proxies``: environment variables that name one (passwords left out); ``resolv_conf_sha256`` "" when there is no
    such file; ``routes``: the default routes, as ``interface via gateway``."""

    proxies: tuple[tuple[str, str], ...] = ()
    nameservers: tuple[str, ...] = ()
    resolv_conf_sha256: str = ""
    answers: tuple[HostAnswers, ...] = ()
    routes: tuple[str, ...] = ()


class Machine(_Facts):
    """``user``: the account that runs the program."""

    name: str
    system: str
    kernel: str
    architecture: str
    user: str
    boot_at: datetime | None = None


class Program(_Facts):
    """``sources_sha256``: SHA-256 over the sorted lines ``<sha256>  <path>`` of the program's own files, which
    ``sha256sum`` makes too; ``libraries``: name and version of each that takes part."""

    version: str
    python: str
    sources_sha256: str
    sources: int
    git_commit: str = ""
    git_changed: bool | None = None
    libraries: tuple[tuple[str, str], ...] = ()


class Browser(_Facts):
    """``profile`` says in Chinese in what state the browser starts."""

    path: str
    version: str
    profile: str


class EnvironmentFinding(_Facts):
    """What speaks against a clean environment (``warn``), or could not be learnt (``unknown``)."""

    check: str
    level: Level
    said: str


class Surroundings(_Facts):
    """All of it, at one moment. ``browser`` is None when no site of the patrol needs one."""

    at: datetime
    clock: Clock
    hosts_file: HostsFile
    network: Network
    machine: Machine
    program: Program
    browser: Browser | None = None
    findings: tuple[EnvironmentFinding, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the officer must see."""
        return tuple(finding.said for finding in self.findings if finding.level == "warn")


def read_surroundings(folder: Path) -> tuple[Surroundings, ...]:
    """Read the checks of a patrol from its evidence folder: one for each time that it was started or resumed, in order.

    Raises EvidenceError when the chain or a record does not hold.
    """
    kept = [entry.records[0] for entry in read_chain(folder / CHAIN_NAME).entries if entry.kind == "surroundings"]
    try:
        return tuple(Surroundings.model_validate(read_metadata(folder, record)) for record in kept)
    except ValidationError as error:
        raise EvidenceError(f"{folder} 里的环境检查记录读不懂，可能由更新版本的程序写成") from error
