"""The samples in the folders of the sites that come with the program, and of the workspace that ``PATROL_WORKSPACE`` names:
one test a field, as a clerk wrote it down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patrol.cli.site_process import site_folders
from patrol.directory import find_sites
from patrol.directory.site_samples import load_sample, sample_folders
from spiders.samples import Row, check_site


def _sites() -> list[Path]:
    found = {}
    for folder in site_folders():
        for name in find_sites([folder]):
            found.setdefault(name, folder / name)
    return list(found.values())


def _fields() -> Iterator[Any]:
    for site in _sites():
        for place in sample_folders(site):
            sample = load_sample(place)
            for field in sample.expected:
                reason = sample.xfail.get(field) or sample.xfail.get("")
                marks = [pytest.mark.xfail(reason=reason, strict=field in sample.xfail)] if reason else []
                yield pytest.param(site, place.name, field, id=f"{site.name}/{place.name}/{field}", marks=marks)


@pytest.fixture(scope="module")
def rows() -> dict[tuple[Path, str, str], Row]:
    return {(site, row.sample, row.field): row for site in _sites() for row in check_site(site)}


@pytest.mark.parametrize(("site", "sample", "field"), list(_fields()))
def test_the_page_gives_what_is_written_down(rows: Any, site: Path, sample: str, field: str) -> None:
    row = rows[site, sample, field]
    assert not row.differs, f"期望 {row.expected!r}，得到 {row.got!r}（规则 {row.rule}）"
