"""References: cite the rules that a paper refers to, from the table ``references`` (an office may have its own)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from patrol.errors import ConfigError
from patrol.tables import load_table

CHECK = "以上依据仅供拟稿参考，请核对现行有效文本。"


def references(topic: str, *more: str, workspace: Path | None = None) -> list[str]:
    """Cite the rows of ``topic`` (and ``more``) in words, each once. Raises ConfigError where the table is not as it
    should be."""
    path, content = load_table("references", workspace)
    said = []
    for name in (topic, *more):
        rows = content.get(name) if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and all(str(row.get(key) or "").strip() for key in ("rule", "article", "says"))
            for row in rows
        ):
            raise ConfigError(
                f"{path} 里“{name}”的依据写得不全。每条都要有 rule、article、says，请补全或删去本单位的表"
            )
        said += [_said(row) for row in rows]
    return list(dict.fromkeys(said))


def _said(row: dict[str, Any]) -> str:
    name, bracket, edition = str(row["rule"]).partition("（")
    mark = "（待核）" if row.get("unverified") else ""
    return f"《{name}》{bracket}{edition}{row['article']}：{row['says']}。{mark}"
