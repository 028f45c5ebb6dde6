"""Scrapy item pipelines, one step per file, in the order evidence → text → match → lead.

Never here: fetching, extraction rules, reports; and no machinery: that is ``patrol.processing``.
Start reading at ``evidence.py``; ``context.py`` is how the steps of one crawl find their patrol's session.
"""
