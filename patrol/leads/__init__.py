"""The record of leads: ledger, journal, workflow, facts, campaigns, statistics, and the views that readers get.

Never here: grading (``patrol.judging``), the law (``patrol.cases``), notices (``patrol.notices``), paper (``reports``).
Start reading at ``store.py`` (a draft opens or joins a lead), then ``workflow.py``, ``journal.py`` and ``queries.py``.
"""
