"""Pages that people saved by hand, read out of files: HTML, MHTML, WARC, WACZ, PDF, tables.

Never here: requests (nothing is ever asked of the network), databases, comparison. One file a format, each a function
``Source → pages and faults``, in order and bounded. Start reading at ``formats.py``, then ``spider.py``.
"""
