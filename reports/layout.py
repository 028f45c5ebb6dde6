"""Page layout: holds what every page of a report shares: its period and head, templates and filters, policy, digest."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from patrol import __version__, clock
from patrol.clock import Period
from patrol.leads.views import LeadView, work_names
from patrol.tables.words import confidence
from patrol.text.masking import mask, mask_title
from patrol.vocabulary import LeadColumn
from reports.comparison.compare import Comparison, compare
from reports.comparison.structure import REASON as STRUCTURE
from reports.text import clipped, css_string, marked, plain, share, signed, tidy

TEMPLATES = Path(__file__).with_name("templates")
_DIGEST = "@@DIGEST@@"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of every page. ``masked``: personal data are covered; ``draft`` stands across it when given;
    ``narrowed``: which of the period's leads the report has, in words, where it has not all; ``names``: of the works on
    the page, which are never covered."""

    office: str
    region: str
    title: str
    period: Period | None = None
    masked: bool = True
    draft: str = ""
    narrowed: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A lead with its comparisons, one per match, as the templates walk them."""

    lead: LeadView
    comparisons: tuple[Comparison, ...]

    @classmethod
    def of(cls, lead: LeadView, masked: bool) -> Shown:
        names = work_names([lead])

        def cover(text: str) -> str:
            return mask(text, names, (lead.title,))

        return cls(lead, tuple(compare(match, cover if masked else None) for match in lead.matches))

    @property
    def indexes(self) -> set[str]:
        return {match.index_version for match in self.lead.matches if match.index_version}


@pass_context
def _said(context: Context, text: object) -> str:
    """What was crawled, as it may be read: ``plain``, and covered where the report is to be."""
    head: Head = context["head"]
    return plain(mask(str(text), head.names)) if head.masked else plain(text)


@pass_context
def _titled(context: Context, title: str) -> str:
    """Show a page's own title, in which nothing is an address."""
    head: Head = context["head"]
    return plain(mask_title(title, head.names)) if head.masked else plain(title)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(
        said=_said,
        titled=_titled,
        plain=plain,
        moment=clock.show_second,
        confidence=confidence,
        share=share,
        signed=signed,
        clipped=clipped,
        marked=marked,
        tidy=tidy,
    )
    made.globals.update(structure_code=STRUCTURE, column={one.value: one.label for one in LeadColumn})
    return made


@cache
def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def page(template: str, head: Head, *, script: str = "", **values: object) -> str:
    """Render the page as HTML. ``script`` names a file beside the templates whose code alone the page's policy lets
    run.

    The digest at its foot is that of its UTF-8 bytes with @@DIGEST@@ in the digest's place (the last such place: what was
    crawled may say the same).
    """
    code = _file(script) if script else ""
    allowed = f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" if code else "'none'"
    running = head.title + (f"　{head.period.words}" if head.period else "")
    body = (
        _environment()
        .get_template(template)
        .render(
            head=head,
            version=__version__,
            style=Markup(_file("report.css")),
            code=Markup(code),
            script_policy=Markup(allowed),
            running_head=Markup(css_string(running)),
            running_office=Markup(css_string(head.office)),
            digest=_DIGEST,
            **values,
        )
    )
    before, _, after = body.rpartition(_DIGEST)
    return before + digest_of(body) + after


def digest_of(text: str) -> str:
    """Return SHA-256 of the text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
