"""Pages that people saved by hand, read out of files: HTML, MHTML, WARC, WACZ, PDF, tables.

Never here: requests (nothing is ever asked of the network), databases, comparison.
Start reading at ``formats.py`` (one file a format, each ``Source → pages and faults``, bounded), then ``spider.py``.
"""
