"""Which files an import finds, and what it calls them."""

from __future__ import annotations

from pathlib import Path

from patrol.patrols.importing import gather


def _put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def test_a_name_that_repeats_is_told_with_its_folder(tmp_path: Path) -> None:
    _put(tmp_path, "甲/商品.html", "乙/商品.html", "乙/别的.html", "丙/乙/商品.html")
    files = [tmp_path / name for name in ("甲/商品.html", "乙/商品.html", "乙/别的.html", "丙/乙/商品.html")]
    named, _ = gather(files)
    assert [one.name for one in named] == [
        "甲/商品.html",
        f"{tmp_path.name}/乙/商品.html",
        "别的.html",
        "丙/乙/商品.html",
    ]


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    _put(tmp_path, "甲/材料/页.html", "乙/材料/页.html", "乙/材料/附.html")
    named, _ = gather([tmp_path / "甲/材料", tmp_path / "乙/材料"])
    assert [one.name for one in named] == ["甲/材料/页.html", "材料/附.html", "乙/材料/页.html"]


def test_a_file_named_twice_is_one(tmp_path: Path) -> None:
    _put(tmp_path, "页.html")
    named, _ = gather([tmp_path / "页.html", tmp_path / "页.html"])
    assert [one.name for one in named] == ["页.html"]
