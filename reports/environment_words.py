"""Surroundings in words: say for the remote-evidence record what the check (清洁性检查) found.

Takes the record's JSON as it was kept (``patrol.environment.model`` says what is in it); whatever an older program
did not write down is 未记录.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

UNKNOWN = "未记录"


def rows(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say (item, what was found), in the order in which the guidance lists them; one row where nothing was written
    down."""
    if not said:
        return [("环境检查", UNKNOWN)]
    return [
        ("计算机", _joined(_at(said, "machine", "name"), _at(said, "machine", "architecture"))),
        ("操作系统", _joined(_at(said, "machine", "system"), _named("内核", _at(said, "machine", "kernel")))),
        ("登录账户", _word(_at(said, "machine", "user"))),
        ("浏览器", _browser(said)),
        ("取证程序", _program(said)),
        ("网络", _network(said)),
        ("域名解析", _answers(said)),
        ("代理", _proxies(said)),
        ("hosts 文件", _hosts_file(said)),
        ("时钟", _clock(said)),
    ]


def verdict(said: Mapping[str, Any]) -> str:
    """Say what speaks against a clean environment, or that nothing does."""
    if not said:
        return "本次巡查没有留下环境检查记录，请以其他方式说明取证环境。"
    findings = [str(found.get("said", "")) for found in _list(said, "findings") if isinstance(found, Mapping)]
    if not findings:
        return "经检查，未发现影响取证结果的情况。"
    return "经检查，有下列情况须注意：" + "；".join(text.rstrip("。；") for text in findings) + "。"


def _at(said: Any, *path: str) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, Mapping) else None
    return said


def _list(said: Any, *path: str) -> Sequence[Any]:
    found = _at(said, *path)
    return found if isinstance(found, list) else []


def _word(value: Any) -> str:
    return str(value) if value not in (None, "") else UNKNOWN


def _joined(*words: Any) -> str:
    return "，".join(str(word) for word in words if word not in (None, "")) or UNKNOWN


def _named(name: str, value: Any) -> str:
    return f"{name} {value}" if value not in (None, "") else ""


def _browser(said: Mapping[str, Any]) -> str:
    if not said:
        return UNKNOWN
    if _at(said, "browser") is None:
        return "本次未使用浏览器，网页由取证程序直接请求"
    return _joined(_at(said, "browser", "version"), _at(said, "browser", "path"), _at(said, "browser", "profile"))


def _program(said: Mapping[str, Any]) -> str:
    version, python = _at(said, "program", "version"), _at(said, "program", "python")
    libraries = [
        " ".join(map(str, pair)) for pair in _list(said, "program", "libraries") if isinstance(pair, list) and pair
    ]
    return _joined(
        _named("Patrol", version),
        _named("Python", python),
        _named("程序文件摘要 SHA-256", _at(said, "program", "sources_sha256")),
        _named("源代码版本", _at(said, "program", "git_commit")),
        "程序文件有未提交的改动" if _at(said, "program", "git_changed") else "",
        _named("所用程序库", "、".join(libraries)),
    )


def _network(said: Mapping[str, Any]) -> str:
    return _joined(
        _named("默认路由", "、".join(map(str, _list(said, "network", "routes")))),
        _named("域名服务器", "、".join(map(str, _list(said, "network", "nameservers")))),
    )


def _answers(said: Mapping[str, Any]) -> str:
    lines = [
        f"{host.get('host', '')}：" + "；".join(map(answer, _list(host, "answers")))
        for host in _list(said, "network", "answers")
        if isinstance(host, Mapping)
    ]
    none = "没有域名的解析结果" if isinstance(_at(said, "network"), Mapping) else UNKNOWN
    return "\n".join(lines) or none


def is_address(host: str) -> bool:
    """Tell whether this is no name but an IP address."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def answer(said: Any) -> str:
    """Say one resolver's answer in words."""
    resolver = _at(said, "resolver") or ""
    name = "本机" if resolver == "system" else resolver
    return f"{name} 答 {'、'.join(map(str, _list(said, 'addresses'))) or _at(said, 'error') or '无地址'}"


def _proxies(said: Mapping[str, Any]) -> str:
    if not isinstance(_at(said, "network"), Mapping):
        return UNKNOWN
    found = ["=".join(map(str, pair)) for pair in _list(said, "network", "proxies") if isinstance(pair, list)]
    return "、".join(found) or "未设置代理"


def _hosts_file(said: Mapping[str, Any]) -> str:
    if not isinstance(_at(said, "hosts_file"), Mapping):
        return UNKNOWN
    touching = "、".join(map(str, _list(said, "hosts_file", "touching")))
    return _joined(
        _at(said, "hosts_file", "path"),
        _named("SHA-256", _at(said, "hosts_file", "sha256")),
        _at(said, "hosts_file", "error"),
        f"涉及本次网站的条目：{touching}" if touching else "没有涉及本次网站的条目",
    )


def _clock(said: Mapping[str, Any]) -> str:
    readings = [_reading(one) for one in _list(said, "clock", "readings") if isinstance(one, Mapping)]
    synchronized = {True: "系统时钟已同步", False: "系统时钟未同步"}.get(_at(said, "clock", "synchronized"), "")
    offset = _at(said, "clock", "service_offset")
    return _joined(
        _named("时区", _at(said, "clock", "zone")),
        synchronized,
        f"据系统时间服务，本机时钟{_off(offset)}" if isinstance(offset, int | float) else "",
        "；".join(readings) or ("未与时间服务器核对" if said else ""),
    )


def _off(offset: float) -> str:
    """``offset`` is what is to be added to our clock: a sign alone would be read either way."""
    return f"{'慢' if offset > 0 else '快'} {abs(offset):.3f} 秒"


def _reading(one: Mapping[str, Any]) -> str:
    offset = one.get("offset")
    if isinstance(offset, int | float):
        return f"与 {one.get('server', '')} 相比，本机时钟{_off(offset)}"
    return f"{one.get('server', '')} {one.get('error') or '没有答复'}"
