"""Where a server's address lies, from the tables that offices can get."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.errors import ConfigError
from patrol.net.geoip import AddressTable

RANGES = """start,end,country
1.0.1.0,1.0.3.255,CN
"8.8.8.0","8.8.8.255","US","Somewhere"
3758096128,3758096383,JP
103.10.0.0/22,HK
2001:db00::,2001:db00:ffff:ffff:ffff:ffff:ffff:ffff,DE
"""


def table(folder: Path, content: str, name: str = "ip.csv") -> AddressTable:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return AddressTable.load(path)


@pytest.mark.parametrize(
    ("address", "country", "abroad"),
    [
        ("1.0.2.7", "CN", ""),
        ("1.0.3.255", "CN", ""),
        ("1.0.4.0", "", ""),
        ("8.8.8.8", "US", "美国"),
        ("::ffff:8.8.8.8", "US", "美国"),
        ("103.10.3.1", "HK", "中国香港"),
        ("2001:db00::1", "DE", "德国"),
        ("127.0.0.1", "", ""),
        ("10.1.2.3", "", ""),
        ("not an address", "", ""),
    ],
)
def test_an_address_is_looked_up_and_what_the_table_does_not_say_is_not_guessed(
    tmp_path: Path, address: str, country: str, abroad: str
) -> None:
    held = table(tmp_path, RANGES)
    assert (held.country(address), held.abroad(address)) == (country, abroad)


def test_of_a_list_of_chinese_networks_all_others_lie_abroad(tmp_path: Path) -> None:
    held = table(tmp_path, "# list\n1.0.1.0/24\n1.0.2.0/23\n", "cn-aggregated.zone")
    assert [held.abroad(a) for a in ("1.0.2.9", "8.8.8.8", "127.0.0.1", "2001:db00::1")] == ["", "境外", "", ""]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1.0.1.0,1.0.3.255,CN\n1.0.9.0,1.0.8.0,US\n", "第 2 行"),
        ("1.0.1.0,1.0.3.255,CN\nhello,there,US\n", "第 2 行"),
        ("1.0.1.0,1.0.3.255,CN\n1.0.9.0,1.0.9.9,美国\n", "国别"),
        ("start,end,country\n", "没有地址段"),
    ],
)
def test_a_wrong_table_is_refused_by_file_and_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        table(tmp_path, content)
    with pytest.raises(ConfigError, match="address_table"):
        AddressTable.load(tmp_path / "missing.csv")
