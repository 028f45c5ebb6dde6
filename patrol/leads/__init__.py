"""Leads: what speaks for and against a page, how it is graded, numbered, routed, kept and read again.

Never here: fetching, evidence bytes, templates of reports. Start reading at ``judgement.py`` (a page and its
verdicts become a draft), then ``ledger.py`` (a draft becomes or joins a lead); reports read ``queries.py``. What
people do with leads begins at ``life.py`` and ``journal.py``; the law's questions at ``casefile.py``.
"""
