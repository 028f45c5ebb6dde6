"""GeoIP table: looks up in which country a server's address lies, on this machine. Nothing is asked of anybody.

Accepted, by what the lines hold: CSV of ``first,last,COUNTRY`` or ``network,COUNTRY`` (further columns are left alone, quotes
are taken off, addresses as text or, as some tables have them, as whole numbers), and plain lists of networks of one
country, whose code is the file's name (``cn.zone``, ``cn-aggregated.zone``, ``cn.txt``).
"""

from __future__ import annotations

import csv
import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from patrol.errors import ConfigError

MAX_BYTES = 512 * 1024 * 1024
HOME = "CN"

_NAMES = {
    "HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾", "US": "美国", "JP": "日本", "KR": "韩国", "SG": "新加坡", "DE": "德国",
    "NL": "荷兰", "FR": "法国", "GB": "英国", "RU": "俄罗斯", "CA": "加拿大", "AU": "澳大利亚", "MY": "马来西亚", "TH": "泰国",
    "VN": "越南", "PH": "菲律宾", "KH": "柬埔寨", "IN": "印度", "ID": "印度尼西亚", "SC": "塞舌尔", "PA": "巴拿马",
}  # fmt: skip


@dataclass(slots=True)
class _Ranges:
    """Ranges that do not overlap, by their first number."""

    first: array[int] = field(default_factory=lambda: array("Q"))
    last: array[int] = field(default_factory=lambda: array("Q"))
    country: list[str] = field(default_factory=list)

    def sort(self) -> None:
        order = sorted(range(len(self.first)), key=self.first.__getitem__)
        self.first = array("Q", (self.first[i] for i in order))
        self.last = array("Q", (self.last[i] for i in order))
        self.country = [self.country[i] for i in order]

    def find(self, number: int) -> str:
        place = bisect_right(self.first, number) - 1
        return self.country[place] if place >= 0 and number <= self.last[place] else ""


@dataclass(frozen=True, slots=True)
class AddressTable:
    """Read with ``load``; ``country`` and ``abroad`` look up."""

    _v4: _Ranges
    _v6: _Ranges
    _only_home: bool

    @classmethod
    def load(cls, path: Path) -> AddressTable:
        """Read a table. Raises ConfigError naming the file, and the line at fault."""
        v4, v6 = _Ranges(), _Ranges()
        countries: set[str] = set()
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ConfigError(f"地址表 {path} 超过 {MAX_BYTES // 1024**2} MB，不像地址表")
            with path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.reader(file), 1):
                    if not row or not row[0].strip() or row[0].lstrip().startswith("#"):
                        continue
                    try:
                        is_v6, first, last, country = _range(row, path)
                    except ValueError as error:
                        if number == 1:
                            continue  # a table's head
                        raise ConfigError(f"地址表 {path} 第 {number} 行看不懂：{error}") from error
                    held = v6 if is_v6 else v4
                    held.first.append(first)
                    held.last.append(last)
                    held.country.append(country)
                    countries.add(country)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(
                f"无法读取地址表 {path}：{error}。请核对 patrol.toml 里 [signals] 的 address_table"
            ) from error
        if not countries:
            raise ConfigError(f"地址表 {path} 里没有地址段")
        v4.sort()
        v6.sort()
        return cls(v4, v6, countries == {HOME})

    def country(self, address: str) -> str:
        """Look up an address's country: two letters, or "" when the table does not say; "" too for addresses that are
        nobody's in public."""
        try:
            ip = ip_address(address.strip().strip("[]"))
        except ValueError:
            return ""
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if not ip.is_global:
            return ""
        return self._v4.find(int(ip)) if isinstance(ip, IPv4Address) else self._v6.find(int(ip) >> 64)

    def abroad(self, address: str) -> str:
        """Return the country outside the mainland (境外, so Hong Kong, Macao and Taiwan too) in which an address lies, as
        officers call it; "" when it lies inside or is not known. Of a table of Chinese networks only, what is not in it
        lies outside."""
        found = self.country(address)
        if found:
            return "" if found == HOME else _NAMES.get(found, found)
        try:
            ip = ip_address(address)
        except ValueError:
            return ""
        known = isinstance(ip, IPv4Address) or len(self._v6.first)
        return "境外" if self._only_home and known and ip.is_global else ""


_CODE = re.compile(r"[A-Za-z]{2}")


def _range(row: list[str], path: Path) -> tuple[bool, int, int, str]:
    cells = [cell.strip() for cell in row]
    if "/" in cells[0]:
        network = ip_network(cells[0], strict=False)
        country = cells[1] if len(cells) > 1 else re.split(r"[^A-Za-z]", path.name)[0]
        first, last = network[0], network[-1]
    elif len(cells) >= 3:
        first, last, country = _address(cells[0]), _address(cells[1]), cells[2]
    else:
        raise ValueError("应为“起,止,国别”、“网段,国别”或“网段”")
    if not _CODE.fullmatch(country):
        raise ValueError(f"“{country[:20]}”不是两个字母的国别代码")
    if type(first) is not type(last) or int(first) > int(last):
        raise ValueError("起止地址不对")
    if isinstance(first, IPv6Address):
        return True, int(first) >> 64, int(last) >> 64, country.upper()
    return False, int(first), int(last), country.upper()


def _address(text: str) -> IPv4Address | IPv6Address:
    return ip_address(int(text)) if text.isdigit() else ip_address(text)
