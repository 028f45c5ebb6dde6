"""A patrol's chain is stamped when it ends; an authority out of reach never stops it, and the next patrol asks again."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.evidence.stamping import Authorities
from patrol.evidence.verify import Against, verify_folders
from patrol.patrols import run
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol
from tests.evidence.authority import make_authority, serving
from tests.patrols.tiny import listing, office, tiny_environment, town


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_patrol_is_stamped_or_the_next_one_stamps_it_too(
    workspace: Workspace, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    for name, value in tiny_environment(workspace, url).items():
        monkeypatch.setenv(name, value)
    with serving(make_authority(tmp_path / "tsa")) as authority, town({1: listing("文具", "自提")}) as site:
        office(workspace, database, 甲=site.url)
        toml = (workspace.root / "patrol.toml").read_text(encoding="utf-8")
        toml = toml.replace("timestamp_authorities = []", f'timestamp_authorities = ["{authority.url}"]')
        toml = toml.replace('timestamp_roots = ""', f'timestamp_roots = "{authority.roots}"')
        (workspace.root / "patrol.toml").write_text(toml, encoding="utf-8")
        here = Workspace.find(workspace.root)
        authority.manner = "hang"
        with monkeypatch.context() as patched:
            patched.setattr(run, "STAMP_TIMEOUT", 0.3)
            first = run_patrol(here, database, Wanted())
        assert first.complete, first
        assert ["没有答复" in stamp.error for stamp in first.stamps] == [True]
        authority.manner = "granted"
        second = run_patrol(here, database, Wanted(everything=True))
        assert [(stamp.folder.name, stamp.error) for stamp in second.stamps] == [
            ("patrol-000002", ""),
            ("patrol-000001", ""),
        ]
    folders = sorted(here.evidence.glob("patrol-*"))
    reports = verify_folders(folders, Against(roots=Authorities.of(here).roots, stamp_due=True))
    assert all(report.clean and report.stamps for report in reports), [report.findings for report in reports]
