"""Scrapy's face of the configuration: ``scrapy list``, ``crawl``, ``shell`` and ``check`` read this file.

What an office sets stands in its ``patrol.toml``; what a site asks for in its ``site.yaml`` (applied by
``spiders.site_spider``). Only what holds for every crawl stands here.
"""

from patrol.config import Config, Workspace
from patrol.errors import ConfigError

try:
    _config = Workspace.find().config
except ConfigError:
    _config = Config()

BOT_NAME = "patrol"
SPIDER_MODULES = ["spiders"]
SPIDER_LOADER_CLASS = "spiders.loader.SpiderTable"
NEWSPIDER_MODULE = "spiders"
# Scrapy starts this many tasks for every response, needed or not: at its default of 100 they cost a fifth of the time.
# A page is one item; what yields many from one response (the import) asks for more.
CONCURRENT_ITEMS = 1
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

USER_AGENT = _config.crawl.user_agent
ROBOTSTXT_OBEY = True
COOKIES_ENABLED = True
DOWNLOAD_DELAY = _config.crawl.delay
CONCURRENT_REQUESTS_PER_DOMAIN = _config.crawl.at_once
DOWNLOAD_TIMEOUT = _config.crawl.timeout
DOWNLOAD_MAXSIZE = _config.crawl.max_page_bytes
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_TARGET_CONCURRENCY = float(_config.crawl.at_once)
TWISTED_DNS_RESOLVER = "spiders.guard.GuardedResolver"

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "spiders.lead_images.LeadImages": 500,
}
LOG_LEVEL = "INFO"

DOWNLOAD_HANDLERS = {
    # Sites with `render: browser` set scrapy-playwright's handlers for themselves (spiders/browser/chromium_pages.py).
    # What is neither http nor https is refused: a page must not make us read files, data URLs or FTP.
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
DOWNLOADER_MIDDLEWARES = {
    "spiders.connection_facts.ConnectionMiddleware": 40,
    "spiders.guard.GuardMiddleware": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "spiders.meta_refresh.RefreshMiddleware": 580,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "spiders.session_cookies.SessionCookies": 700,
    # The environment's proxy would make our requests where no check of ours can see them go.
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
}
# Each wraps everything that a spider yields once more; depth, length and hosts are minded by our own frontier.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
ITEM_PIPELINES = {
    "pipelines.evidence.EvidencePipeline": 100,
    "pipelines.text.TextPipeline": 200,
    "pipelines.match.MatchPipeline": 300,
    "pipelines.lead.LeadPipeline": 400,
}
