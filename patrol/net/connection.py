"""Connection facts: hold over which connection a page came: names resolved, the address that answered, its certificates.

Value classes only, filled by ``spiders.connection_facts``, kept in the metadata record of every capture, read back by
``Connection.from_json``. The certificates themselves (PEM) are kept once a patrol, in a record of their own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What one resolver said to a name. ``resolver``: its address, or ``system`` for the machine's own way (hosts file
    included). ``error`` is set, in Chinese, when it gave no addresses."""

    resolver: str
    addresses: tuple[str, ...]
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a chain. ``sha256`` of its DER bytes; names as RFC 4514 writes them; ``names``: the host names
    and addresses that a leaf is good for."""

    sha256: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tls:
    """The encrypted connection. ``leaf_sha256`` is the certificate that came with this very page, "" where only the
    chain, asked for once per host and crawl (at ``probed_at``), is known. ``trusted``: the chain leads to an authority
    that this machine trusts and the leaf is for this host (None: could not be tried); ``problem`` says what is not so.
    """

    protocol: str = ""
    cipher: str = ""
    leaf_sha256: str = ""
    chain: tuple[Certificate, ...] = ()
    chain_sha256: str = ""
    probed_at: datetime | None = None
    trusted: bool | None = None
    problem: str = ""
    chain_pem: bytes = field(default=b"", repr=False)

    @property
    def is_same_leaf(self) -> bool | None:
        """Whether the page's own certificate is the one that heads the chain; None when one of them is unknown."""
        return self.chain[0].sha256 == self.leaf_sha256 if self.chain and self.leaf_sha256 else None


@dataclass(frozen=True, slots=True)
class Connection:
    """``address``: the one that answered; "" when it could not be learnt. ``tls`` is None for plain HTTP."""

    host: str
    port: int
    address: str = ""
    dns: tuple[DnsAnswer, ...] = ()
    tls: Tls | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what the metadata record keeps: all but the certificates' own bytes."""
        plain: dict[str, Any] = _adapter.dump_python(self, mode="json", exclude={"tls": {"chain_pem"}})
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Connection:
        return _adapter.validate_python(plain)


_adapter = TypeAdapter(Connection)


def pem_sha256(chain_pem: bytes) -> str:
    return hashlib.sha256(chain_pem).hexdigest()
