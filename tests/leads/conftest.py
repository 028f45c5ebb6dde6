from __future__ import annotations

import pytest

from patrol.db.session import Database
from tests.leads.cases import Cases


@pytest.fixture
def cases(database: Database) -> Cases:
    return Cases(database)
