"""Policy: reads the officers' tables (phrases, weights, departments, goods) as typed values, once per patrol.

Wrong tables are refused with file and key in Chinese; they never fall back silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from patrol.errors import ConfigError
from patrol.tables import load_table
from patrol.vocabulary import Field as TradeField
from patrol.vocabulary import Grade, Labelled, MatchKind


def _member(words: type[Labelled]) -> BeforeValidator:
    """Take a member of ``words`` by its value or Chinese label."""
    return BeforeValidator(lambda value: words.parse(str(value)))


_Field = Annotated[TradeField, _member(TradeField)]
_Kind = Annotated[MatchKind, _member(MatchKind)]
_Grade = Annotated[Grade, _member(Grade)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignGroup(_Row):
    """疑似用语: phrases that speak for piracy in some fields (none named: in all)."""

    code: str
    label: str
    fields: tuple[_Field, ...] = ()
    points: float
    strong: bool
    needs_scope: tuple[str, ...] = ()
    phrases: tuple[str, ...] = Field(min_length=1)


class InnocentGroup(_Row):
    """开脱用语: words around a sign, or on the page, that speak against piracy."""

    code: str
    scope: Literal["clause", "title", "page"]
    effect: Literal["void", "points", "no_price"]
    points: float = 0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


class Phrases(_Row):
    signs: tuple[SignGroup, ...]
    innocent: tuple[InnocentGroup, ...] = ()


class Extent(_Row):
    characters: int
    points: float


class AtLeast(_Row):
    at_least: int
    points: float


class GoodsRow(_Row):
    """货品: words of a title that tell what is sold; ``licensed``: selling it needs a publication licence."""

    code: str
    label: str
    licensed: bool
    words: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()

    def is_excluded(self, title: str) -> bool:
        return any(word.casefold() in title for word in self.unless)

    def fits(self, title: str) -> bool:
        """Tell whether a title is of these goods. ``title``: in NFKC and casefolded."""
        return any(word.casefold() in title for word in self.words) and not self.is_excluded(title)


class Quotation(_Row):
    characters: int
    share_of_page: float


class SignalPoints(_Row):
    """Points of the signals that are not phrases; the names are the signals' codes."""

    title_in_title: float
    title_in_text: float
    price_low: float
    early_warning: float
    selling: float
    fair_quotation: float
    expired: float
    exceeded: float
    server_abroad: float


class CredentialPoints(_Row):
    """Points of the signals about a site's or shop's papers; the names are the signals' codes."""

    no_icp: float
    icp_inside_only: float
    number_malformed: float
    number_place: float
    number_shared: float
    places_differ: float
    no_publication_licence: float
    publication_licence_unnumbered: float
    shop_without_licence: float
    many_scripts: float
    no_blockchain: float
    copyright_leads: float


class Breadth(_Row):
    """So many titles of so many publishers in one shop."""

    titles: int
    publishers: int
    points: float


class Weights(_Row):
    """评分表: every number that turns signs into a grade."""

    text: Mapping[_Kind, float]
    extent: tuple[Extent, ...]
    signals: SignalPoints
    sales: tuple[AtLeast, ...]
    views: tuple[AtLeast, ...]
    phrases_at_most: float
    price_ratio: Mapping[str, float]
    quotation: Quotation
    nearness: int
    credentials: CredentialPoints
    publications_at_least: int
    breadth: tuple[Breadth, ...]
    grades: Mapping[_Grade, float]

    def grade(self, score: float) -> Grade | None:
        """Return the best grade whose bar ``score`` reaches; None: not a lead."""
        reached = [grade for grade in Grade if score >= self.grades[grade]]
        return reached[0] if reached else None


class DepartmentRow(_Row):
    department: str
    fields: tuple[_Field, ...] = ()
    kinds: tuple[_Kind, ...] = ()
    signals: tuple[str, ...] = ()
    note: str = ""

    def fits(self, field: TradeField, kind: MatchKind, signals: frozenset[str]) -> bool:
        return (
            (not self.fields or field in self.fields)
            and (not self.kinds or kind in self.kinds)
            and (not self.signals or not signals.isdisjoint(self.signals))
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """All tables of one workspace."""

    phrases: Phrases
    weights: Weights
    departments: tuple[DepartmentRow, ...]
    goods: tuple[GoodsRow, ...]

    @classmethod
    def load(cls, workspace: Path | None = None) -> Policy:
        """Read the tables, the workspace's own (``tables/NAME.yaml``) before those shipped.

        Raises ConfigError naming file and key.
        """
        policy = cls(
            phrases=read_table("phrases", Phrases, workspace),
            weights=read_table("weights", Weights, workspace),
            departments=read_table("departments", tuple[DepartmentRow, ...], workspace),
            goods=read_table("goods", tuple[GoodsRow, ...], workspace),
        )
        missing = [grade.label for grade in Grade if grade not in policy.weights.grades]
        missing += [k.label for k in MatchKind if k.of_text and k not in policy.weights.text]
        if missing:
            raise ConfigError(f"评分表 weights.yaml 里缺少：{'、'.join(missing)}。请补上")
        return policy

    def department(self, field: TradeField, kind: MatchKind, signals: frozenset[str]) -> str:
        """Return the first department of the table that fits; empty when none does."""
        return next((row.department for row in self.departments if row.fits(field, kind, signals)), "")


def read_table(name: str, shape: Any, workspace: Path | None) -> Any:
    """Read table ``name`` as ``shape``. Raises ConfigError naming file and key."""
    path, content = load_table(name, workspace)
    try:
        return TypeAdapter(shape).validate_python(content)
    except ValidationError as error:
        lines = [f"{path} 中 {_place(e['loc'])}：{_said(e)}" for e in error.errors()[:10]]
        raise ConfigError("\n".join(lines)) from error


def _place(location: tuple[int | str, ...]) -> str:
    return " ".join(f"第 {part + 1} 项" if isinstance(part, int) else f"“{part}”" for part in location) or "全文"


def _said(error: Any) -> str:
    kind = str(error["type"])
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    known = {
        "missing": "缺少这一项",
        "extra_forbidden": "没有这一项，请检查拼写",
        "string_type": "应当是文字",
        "bool_parsing": "应当是 true 或 false",
        "literal_error": "不是可选的值",
        "too_short": "至少要有一项",
        "tuple_type": "应当是一列，每行以短横线开头，或写成 [甲, 乙]",
    }
    if kind.startswith(("int", "float")):
        return "应当是数字"
    return known.get(kind, str(error["msg"]))
