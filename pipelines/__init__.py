"""Scrapy item pipelines, one step per file, in the order evidence → text → match → lead.

Never here: fetching, extraction rules, reports. Start reading at ``evidence.py``.
"""
