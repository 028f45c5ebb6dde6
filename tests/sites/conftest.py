"""Sites of many shapes, looked at and crawled by the real spiders in one process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.spiders.crawling import Crawling


@pytest.fixture(scope="module")
def crawling() -> Iterator[Crawling]:
    held = Crawling()
    yield held
    held.close()
