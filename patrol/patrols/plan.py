"""What a patrol will cover: due targets, grouped by site, and for each site whether it can be patrolled at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from patrol.browser import find_browser
from patrol.config import Workspace
from patrol.db.models import Target
from patrol.db.session import Database
from patrol.directory import SiteProblem, find_sites
from patrol.errors import PatrolError
from patrol.nouns import RunStatus, Schedule
from patrol.patrols.crawl import SiteJob
from patrol.patrols.records import PlannedTarget, Wanted
