"""The check of the surroundings in the record's words: what was found is said, what was not written down too."""

from __future__ import annotations

from reports.environment_words import rows, verdict

AT = "2026-11-24T08:00:00Z"
SAID = {
    "at": AT,
    "clock": {
        "now": AT,
        "zone": "Asia/Shanghai",
        "synchronized": True,
        "service_offset": 0.0021,
        "readings": [
            {"server": "ntp.example.cn", "at": AT, "offset": -0.0153, "round_trip": 0.02, "stratum": 2, "error": ""},
            {"server": "ntp2.example.cn", "at": AT, "offset": None, "error": "没有答复"},
        ],
    },
    "hosts_file": {"path": "/etc/hosts", "sha256": "a" * 64, "touching": ["10.0.0.1 shop.example.cn"], "error": ""},
    "network": {
        "proxies": [["http_proxy", "http://proxy.example.cn:8080"]],
        "nameservers": ["192.0.2.53"],
        "routes": ["eth0 via 192.0.2.1"],
        "answers": [
            {
                "host": "shop.example.cn",
                "answers": [
                    {"resolver": "system", "addresses": ["203.0.113.5"], "at": AT, "error": ""},
                    {"resolver": "192.0.2.53", "addresses": [], "at": AT, "error": "超时"},
                ],
            }
        ],
    },
    "machine": {"name": "pc-07", "system": "Debian 12", "kernel": "6.1", "architecture": "x86_64", "user": "patrol"},
    "program": {
        "version": "0.1.0",
        "python": "3.11.7",
        "sources_sha256": "b" * 64,
        "sources": 120,
        "git_commit": "abc123",
        "git_changed": False,
        "libraries": [["scrapy", "2.19"], ["warcio", "1.7"]],
    },
    "browser": {"path": "/usr/bin/chromium", "version": "Chromium 140", "profile": "全新的用户目录"},
    "findings": [{"check": "hosts", "level": "warn", "said": "hosts 文件有涉及本次网站的条目"}],
}


def test_everything_that_the_guidance_lists_is_said() -> None:
    said = dict(rows(SAID))
    assert said["计算机"] == "pc-07，x86_64"
    assert said["浏览器"] == "Chromium 140，/usr/bin/chromium，全新的用户目录"
    assert "Patrol 0.1.0" in said["取证程序"] and "scrapy 2.19、warcio 1.7" in said["取证程序"]
    assert said["时钟"] == (
        "时区 Asia/Shanghai，系统时钟已同步，据系统时间服务，本机时钟慢 0.002 秒，与 ntp.example.cn 相比，本机时钟快 0.015 秒；ntp2.example.cn 没有答复"
    )
    assert said["域名解析"] == "shop.example.cn：本机 答 203.0.113.5；192.0.2.53 答 超时"
    assert "10.0.0.1 shop.example.cn" in said["hosts 文件"]
    assert said["代理"] == "http_proxy=http://proxy.example.cn:8080"
    assert "hosts 文件有涉及本次网站的条目" in verdict(SAID)


def test_a_clean_machine_is_said_to_be_clean() -> None:
    clean = SAID | {"findings": [], "browser": None}
    assert verdict(clean) == "经检查，未发现影响取证结果的情况。"
    assert dict(rows(clean))["浏览器"].startswith("本次未使用浏览器")


def test_what_was_not_written_down_is_said_to_be_so_whatever_its_shape() -> None:
    assert rows({}) == [("环境检查", "未记录")]
    assert "没有留下环境检查记录" in verdict({})
    for broken in ({"at": AT}, {"clock": [], "network": "x", "machine": None, "findings": {}, "program": 3}):
        said = dict(rows(broken))
        assert said["计算机"] == said["域名解析"] == said["代理"] == "未记录"
