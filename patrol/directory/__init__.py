"""What to patrol: the key directory (重点目录), the site files that say how to read each site, and what is known of pages.

Never here: fetching or extracting (``spiders``).
Start reading at ``targets.py`` (the directory) and ``site_model.py`` (every key of a site file).
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
