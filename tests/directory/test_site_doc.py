"""Every key of a site file explains itself, and the page about site files is what the model says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from patrol.config import CHECKOUT
from patrol.directory import load_site
from patrol.directory.site_doc import site_page, site_schema
from patrol.directory.site_model import Expect, Extract, Limit, Pace, Reading, SearchStart, SiteFile, States

MODELS = (SiteFile, Extract, Reading, SearchStart, Limit, Pace, States, Expect)
KEYS = [(model, name) for model in MODELS for name in model.model_fields]


@pytest.mark.parametrize(("model", "name"), KEYS, ids=[f"{m.__name__}.{n}" for m, n in KEYS])
def test_a_key_has_a_title_a_help_text_and_an_example(model: type[BaseModel], name: str) -> None:
    field = model.model_fields[name]
    assert field.title
    assert field.description
    assert field.examples


def test_the_page_about_site_files_is_fresh() -> None:
    written = (CHECKOUT / "docs" / "sites.md").read_text(encoding="utf-8")
    assert written == site_page(), "运行 python -m patrol.directory.site_doc > docs/sites.md"


def test_the_example_on_the_page_is_a_good_site_file(tmp_path: Path) -> None:
    example = site_page().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "site.yaml").write_text(example, encoding="utf-8")
    assert load_site(tmp_path).name == "小城新闻"


def test_the_schema_knows_every_key_and_refuses_others() -> None:
    schema = site_schema()
    assert set(schema["properties"]) == set(SiteFile.model_fields) - {"sha256"}
    assert set(schema["required"]) == {"name", "kind", "start"}
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]["extract"]["properties"]) == set(Extract.model_fields)
    for name, said in schema["properties"].items():
        assert said["title"], name
        assert said["description"], name
