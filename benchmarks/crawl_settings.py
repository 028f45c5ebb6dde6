"""Scrapy settings of the measured processes: the project's own, with the watch, and the bare spiders beside ours.

A bare spider runs with Scrapy's defaults; only what the two must share (how many pages at once, no delay) is set.
"""

import json
import os

_pipelines = json.loads(os.environ.get("BENCH_PIPELINES", "false"))
if _pipelines is not False:
    from settings import *  # noqa: F403

    SPIDER_MODULES = ["spiders"]
    EXTENSIONS = {**EXTENSIONS, "benchmarks.crawl_watch.Watch": 1}  # noqa: F405
    if _pipelines is not None:
        ITEM_PIPELINES = _pipelines
else:
    SPIDER_MODULES = ["benchmarks.crawl_watch"]
    EXTENSIONS = {"benchmarks.crawl_watch.Watch": 1}
    TELNETCONSOLE_ENABLED = False
    CONCURRENT_REQUESTS_PER_DOMAIN = 8
    DOWNLOAD_DELAY = 0
    LOG_LEVEL = "INFO"
    TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

BENCH_OUT = os.environ["BENCH_OUT"]
