"""The evidence vault: pages as WARC records, their digests in a chain, rows that find them again; and its verification.

Never here: judging a page; nothing that is written is ever changed, only cut back when a write was torn.
Start reading at ``vault.py`` (keep and reopen), then ``warc.py`` (records) and ``chain.py`` (digests); for the other
way round at ``verify.py``. ``docs/evidence.md`` says the same to officers and courts' experts. ``custody.py`` notes who did
what with evidence, ``prune.py`` takes out what became no lead, ``export/`` hands evidence on.
"""
