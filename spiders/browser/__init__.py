"""Pages that only a browser can build: one Chromium a site, its proxy, what comes in, steps and scrolling.

Never here: what is read off a page (``spiders.reading``), and any way out but the proxy.
Start reading at ``chromium_pages.py``, then ``proxy.py``.
"""
