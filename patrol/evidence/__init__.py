"""The evidence vault: pages as WARC records, their digests in a chain, rows that find them again; and its verification.

Never here: judging a page, or changing what is written; a torn write is cut back, a pruned record is named in the chain first.
Start reading at ``vault.py`` (keep), then ``warc.py`` and ``chain.py``; for the way back at ``verify.py``.
"""
