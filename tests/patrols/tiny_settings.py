"""Scrapy settings of the tiny spider: our pipelines, nothing else of the project."""

from tests.patrols import killing

SPIDER_MODULES = ["tests.patrols.tiny"]
ITEM_PIPELINES = {
    "pipelines.evidence.EvidencePipeline": 100,
    "pipelines.text.TextPipeline": 200,
    "pipelines.match.MatchPipeline": 300,
    "pipelines.lead.LeadPipeline": 400,
}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TELNETCONSOLE_ENABLED = False
ROBOTSTXT_OBEY = False
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DOWNLOAD_DELAY = 0
DOWNLOAD_TIMEOUT = 5
RETRY_ENABLED = False
LOG_LEVEL = "INFO"
CONCURRENT_ITEMS = 4

killing.arm()
