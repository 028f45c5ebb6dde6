"""Stamp copier: takes along the time-stamps beside a chain, with their certificates and what was asked.

In a patrol's ``stamps`` folder a token over line N is ``N-AUTHORITY.tsr``, with ``.pem`` (certificates up to the root)
and ``.tsq`` (the question) of the same name.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from patrol.errors import EvidenceError
from patrol.packages.contents import PatrolChain, Selection, Stamp
from patrol.packages.slices import EVIDENCE

STAMPS = "stamps"
_NAME = re.compile(r"([0-9]{6,9})-([A-Za-z0-9._-]+)\.tsr")


def copy_stamps(selection: Selection, root: Path) -> list[Stamp]:
    """Copy every token over a line of a chain in the package; say what each covers. Raises OSError, EvidenceError for a token without them."""
    return [stamp for chain in selection.chains for stamp in _copy(chain, root)]


def _copy(chain: PatrolChain, root: Path) -> list[Stamp]:
    copied = []
    for token in sorted((chain.folder / STAMPS).glob("*.tsr")):
        named = _NAME.fullmatch(token.name)
        line = int(named.group(1)) if named else 0
        if named is None or not 1 <= line <= len(chain.entries):
            continue
        if not token.with_suffix(".pem").is_file():
            raise EvidenceError(f"时间戳 {token} 旁边没有它的证书（.pem），别人无从核验，未导出。请从备份恢复")
        target = root / EVIDENCE / chain.name / STAMPS
        target.mkdir(exist_ok=True)
        for path in (token, token.with_suffix(".pem"), token.with_suffix(".tsq")):
            if path.is_file():
                shutil.copyfile(path, target / path.name)
        name = f"{EVIDENCE}/{chain.name}/{STAMPS}/{token.name}"
        imprint = chain.entries[line - 1].digest
        certificates = name.removesuffix(".tsr") + ".pem"
        copied.append(
            Stamp(chain.patrol_id, line, imprint, name, certificates, _time(token.read_bytes()), named.group(2))
        )
    return copied


_GENERALIZED_TIME = re.compile(rb"\x18[\x0f-\x13](\d{14})(?:\.\d{1,3})?Z")


def _time(token: bytes) -> datetime | None:
    """The authority's time: the first GeneralizedTime of the token is TSTInfo's ``genTime`` (RFC 3161, 2.4.2). For
    people to read; whether the token holds is for ``openssl ts -verify`` to say."""
    found = _GENERALIZED_TIME.search(token)
    try:
        return datetime.strptime(found.group(1).decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
