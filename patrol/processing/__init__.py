"""What a patrol and a rescan share: comparing in other processes, keeping and entering in one thread.

Never here: what a comparison means (``patrol.judging``), how bytes are kept (``patrol.evidence``), Scrapy.
Start reading at ``session.py``, then ``writer.py`` (the thread) and ``pool.py`` (the processes).
"""
