"""The machinery that a patrol and a rescan share: comparing in other processes, keeping and entering in one thread.

Never here: what a comparison means (``patrol.leads``) or how bytes are kept (``patrol.evidence``); Scrapy.
Start reading at ``session.py``.
"""
