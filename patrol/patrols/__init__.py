"""Patrols: choosing due targets, one crawl over several sites at once, resuming, counting; imports and rescans alike.

Never here: how a page is fetched or read (``spiders``), what becomes of it (``pipelines``).
Start reading at ``run.py`` (what the command line calls), then ``plan.py`` and ``crawl.py`` (the crawling process).
"""
