"""The law and the person behind: statutes, deadlines, turnover, and who stands behind several leads.

Never here: letters (``patrol.notices``), papers (``reports``). Start reading at ``casefile.py`` (one lead with all that
belongs to it), then ``assessment.py`` (the law's questions) and ``infringers.py``.
"""
