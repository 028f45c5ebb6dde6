"""What to patrol: the key directory (targets) and the site files that say how to read each site.

Never here: fetching or extracting (``spiders``). Start reading at ``site_model.py`` and ``targets.py``.
"""

from patrol.directory.default_site import SiteBook, single_page_site
from patrol.directory.known_pages import KnownPages, LastVisit
from patrol.directory.rules import Rule, RuleError
from patrol.directory.site_file import SiteProblem, find_sites, load_site
from patrol.directory.site_model import Extract, FeedStart, SearchStart, SiteFile, SitemapStart
from patrol.directory.targets import Assignment, Assignments, assignments, search_terms

__all__ = [
    "Assignment",
    "Assignments",
    "Extract",
    "FeedStart",
    "KnownPages",
    "LastVisit",
    "Rule",
    "RuleError",
    "SearchStart",
    "SiteBook",
    "SiteFile",
    "SiteProblem",
    "SitemapStart",
    "assignments",
    "find_sites",
    "load_site",
    "search_terms",
    "single_page_site",
]
