"""Scrapy spiders, one per kind of page, and ``sites/NAME/``: one folder per target site with its YAML file.

Never here: databases, text comparison, reports. A new site is a YAML file, not code.
Start reading at ``site_spider.py`` (the walk); ``setup`` is what a crawl is told, ``starts`` where it begins, ``reading``
how a response becomes a page.
"""
