"""Scrapy spiders: the walk over a site, one spider a kind of page; and ``sites/NAME/``, one folder a target site.

Never here: databases, text comparison, reports. A new site is a YAML file, not code.
Start reading at ``site_spider.py`` (the walk), then ``frontier.py`` (what is opened) and ``reading/`` (how a page is read).
"""
