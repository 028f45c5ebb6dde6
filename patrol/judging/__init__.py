"""From what was found on a page to a graded draft of a lead, every point with its reason.

Never here: rows of leads (``patrol.leads``), the law (``patrol.cases``); only ``site_audit.py`` reads the database.
Start reading at ``assess.py``; its values are in ``model.py``, its numbers in ``patrol/tables/weights.yaml``.
"""
