"""Papers of an evidence package: renders what ``patrol/packages`` packs beside the records themselves."""

from __future__ import annotations

from patrol.config import Workspace
from patrol.leads.views import LeadView
from patrol.packages.contents import PackageFacts
from patrol.packages.instruction import DRAFT
from patrol.packages.package import Renderers
from reports.html import render_lead
from reports.remote_record import examination, remote_record


def package_papers(workspace: Workspace, *, draft: bool, masked: bool) -> Renderers:
    """Return who writes the comparison and the Word documents, with the office's own templates where it has any."""
    office, own = workspace.config.office, workspace.root / "templates"

    def comparison(lead: LeadView) -> bytes:
        return render_lead(office.name, office.region, lead, masked=masked, draft=DRAFT if draft else "").encode()

    def record(facts: PackageFacts) -> bytes:
        return remote_record(facts, own)

    def report(facts: PackageFacts) -> bytes:
        return examination(facts, own)

    return Renderers(comparison, record, report)
