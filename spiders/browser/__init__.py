"""Pages that only a browser can build: one Chromium a site, its proxy, what comes in, steps and scrolling.

Start reading at ``chromium_pages.py``.
"""
