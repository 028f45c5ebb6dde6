"""The law and the person behind: statutes, deadlines, turnover, and who stands behind several leads.

Never here: letters (``patrol.notices``), paper (``reports``), a judgement: it names what is missing, a person decides.
Start reading at ``casefile.py`` (one lead with its case), then ``assessment.py`` (the law) and ``infringers.py`` (the person).
"""
