"""Login sessions: keep what an officer's own login left behind (cookies, local storage), one file a site.

A session is a secret. It lies in ``sessions/`` of the workspace (0700, files 0600), never in a site's folder, which is
copied and handed on, nor in a checkout; it is never written to evidence. Read from what browsers and their extensions
export: Playwright's storage state, a Netscape ``cookies.txt``, or a JSON list of cookies. Kept as storage state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from patrol.config import CHECKOUT, Workspace
from patrol.directory.site_model import SiteFile
from patrol.errors import ConfigError, InputError
from patrol.files import replace_file

FOLDER = "sessions"
MAX_BYTES = 4 * 1024 * 1024
MAX_COOKIES = 2_000
_MAX_VALUE = 8_192
_SITE = re.compile(r"[\w.-]+")
_SAME_SITE: dict[str, Literal["Strict", "Lax", "None"]] = {
    "strict": "Strict",
    "lax": "Lax",
    "none": "None",
    "no_restriction": "None",
}


@dataclass(frozen=True, slots=True)
class Cookie:
    """``domain`` with a leading dot when it holds for hosts below it too (RFC 6265); ``expires``: seconds since 1970, or -1
    for the end of the browser's session."""

    name: str
    value: str
    domain: str
    path: str = "/"
    expires: float = -1
    http_only: bool = False
    secure: bool = False
    same_site: Literal["Strict", "Lax", "None"] = "Lax"

    def is_for(self, host: str) -> bool:
        """Tell whether a request to ``host`` would carry it."""
        bare = self.domain.lstrip(".")
        return host == bare or (self.domain.startswith(".") and "." in bare and host.endswith(f".{bare}"))


@dataclass(frozen=True, slots=True)
class Session:
    """``storage``: local storage, as ``(origin, ((name, value), …))``."""

    cookies: tuple[Cookie, ...] = ()
    storage: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def of(self, hosts: Iterable[str]) -> Session:
        """Return the part of it that belongs to these hosts."""
        wanted = frozenset(hosts)
        cookies = tuple(cookie for cookie in self.cookies if any(cookie.is_for(host) for host in wanted))
        return Session(cookies, tuple(entry for entry in self.storage if (urlsplit(entry[0]).hostname or "") in wanted))

    def has_expired(self, now: datetime) -> bool:
        """Tell whether every cookie with a term is past it, and there is no other."""
        return bool(self.cookies) and all(0 <= cookie.expires < now.timestamp() for cookie in self.cookies)

    def storage_state(self) -> dict[str, Any]:
        """Return it as Playwright reads it."""
        return {
            "cookies": [
                {
                    "name": c.name, "value": c.value, "domain": c.domain, "path": c.path, "expires": c.expires,
                    "httpOnly": c.http_only, "secure": c.secure, "sameSite": c.same_site,
                }
                for c in self.cookies
            ],
            "origins": [
                {"origin": origin, "localStorage": [{"name": name, "value": value} for name, value in entries]}
                for origin, entries in self.storage
            ],
        }  # fmt: skip


def site_hosts(site: SiteFile) -> frozenset[str]:
    """Return the hosts that a site file names: of its start addresses and its home page."""
    return frozenset(host.lower() for address in site.addresses if (host := urlsplit(address).hostname))


def parse_session(raw: bytes, name: str) -> Session:
    """Read a session in any of the three formats. Raises InputError when it is none of them, or holds no cookie."""
    if len(raw) > MAX_BYTES:
        raise InputError(f"“{name}”太大，不像登录状态文件")
    text = raw.decode("utf-8-sig", "replace").strip()
    try:
        session = _from_json(json.loads(text)) if text[:1] in ("{", "[") else _from_netscape(text)
    except (ValueError, TypeError, AttributeError, RecursionError):
        session = Session()
    if not session.cookies and not session.storage:
        raise InputError(
            f"“{name}”里没有读到登录状态。可用：Playwright 的 storage_state JSON、浏览器扩展导出的 cookies.txt 或 JSON"
        )
    if len(session.cookies) > MAX_COOKIES:
        raise InputError(f"“{name}”里有 {len(session.cookies)} 个 Cookie，太多了；请只导出这个站点的")
    return session


def _from_json(value: Any) -> Session:
    cookies = value if isinstance(value, list) else value.get("cookies") or []
    origins = [] if isinstance(value, list) else value.get("origins") or []
    storage = tuple(
        (str(one["origin"]), tuple((str(e["name"]), str(e["value"])) for e in one.get("localStorage") or []))
        for one in origins
    )
    return Session(tuple(c for c in map(_cookie, cookies) if c is not None), storage)


def _cookie(raw: dict[str, Any]) -> Cookie | None:
    domain = str(raw.get("domain") or "").lower().strip()
    if raw.get("hostOnly") is True:
        domain = domain.lstrip(".")
    elif raw.get("hostOnly") is False and domain:
        domain = f".{domain.lstrip('.')}"
    expires = raw.get("expires", raw.get("expirationDate", -1))
    return _clean(
        Cookie(
            str(raw.get("name") or ""), str(raw.get("value") or ""), domain, str(raw.get("path") or "/"),
            float(expires) if isinstance(expires, (int, float)) else -1,
            bool(raw.get("httpOnly")), bool(raw.get("secure")),
            _SAME_SITE.get(str(raw.get("sameSite") or "").lower(), "Lax"),
        )
    )  # fmt: skip


def _from_netscape(text: str) -> Session:
    """Seven fields by tabs: domain, with hosts below, path, secure, expires, name, value; ``#HttpOnly_`` before some."""
    found = []
    for line in text.splitlines():
        http_only = line.startswith("#HttpOnly_")
        parts = line.removeprefix("#HttpOnly_").rstrip("\r").split("\t")
        if (line.startswith("#") and not http_only) or len(parts) != 7:
            continue
        domain, below, path, secure, expires, name, value = parts
        bare = domain.strip().lower().lstrip(".")
        term = float(expires) if re.fullmatch(r"\d{1,12}", expires) and int(expires) else -1.0
        place = f".{bare}" if below.upper() == "TRUE" else bare
        found.append(_clean(Cookie(name, value, place, path or "/", term, http_only, secure.upper() == "TRUE")))
    return Session(tuple(cookie for cookie in found if cookie is not None))


def _clean(cookie: Cookie) -> Cookie | None:
    """The cookie, or None when it is one that no browser would take."""
    parts = (cookie.name, cookie.value, cookie.domain, cookie.path)
    if not cookie.name or not cookie.domain.strip(".") or any(re.search(r"[\x00-\x1f\x7f;]", part) for part in parts):
        return None
    if len(cookie.name) + len(cookie.value) > _MAX_VALUE or not cookie.path.startswith("/"):
        return None
    same = "Lax" if cookie.same_site == "None" and not cookie.secure else cookie.same_site
    return replace(cookie, expires=cookie.expires if cookie.expires > 0 else -1, same_site=same)


def session_path(workspace: Workspace, site: str) -> Path:
    if not _SITE.fullmatch(site) or site.startswith("."):
        raise InputError(f"“{site}”不是站点名")
    return workspace.root / FOLDER / f"{site}.json"


def load_session(workspace: Workspace | None, site: str) -> Session | None:
    """Return the site's session; None when there is none. Raises ConfigError when its file cannot be used."""
    path = session_path(workspace, site) if workspace is not None else None
    if path is None or not path.exists():
        return None
    try:
        return parse_session(path.read_bytes(), path.name)
    except (OSError, InputError) as error:
        raise ConfigError(f"站点“{site}”的登录状态无法读取（{error}）。请重新运行 patrol sites login {site}") from error


def keep_session(workspace: Workspace, site: str, session: Session) -> Path:
    """Write it whole or not at all, readable by this user only. Raises ConfigError for a workspace inside the program's
    own folder, which is copied and published."""
    path = session_path(workspace, site)
    if workspace.root.is_relative_to(CHECKOUT):
        raise ConfigError(f"工作区 {workspace.root} 在程序文件夹里，登录状态不能放在那里。请把工作区移到别处")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.parent.chmod(0o700)
    replace_file(path, json.dumps(session.storage_state(), ensure_ascii=False, indent=1).encode(), mode=0o600)
    return path


def forget_session(workspace: Workspace, site: str) -> bool:
    """Delete it; whether there was one."""
    path = session_path(workspace, site)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def ends_at(session: Session) -> datetime | None:
    """Return when the first of its cookies with a term ends; None when none has one."""
    terms = [cookie.expires for cookie in session.cookies if cookie.expires > 0]
    return datetime.fromtimestamp(min(terms), UTC) if terms else None
