"""The evidence vault: pages as WARC records, their digests in a chain, rows that find them again.

Never here: judging a page; nothing that is written is ever changed, only cut back when a write was torn, or taken out
by rule with a line in the chain (``prune.py``). Start reading at ``vault.py`` (keep and reopen), then ``warc.py``
(records) and ``chain.py`` (digests); ``custody.py`` notes who did what with evidence, ``export/`` hands it on.
"""
