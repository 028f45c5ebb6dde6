"""Looking at a site nobody has described yet, and proposing how to read it (``patrol sites new``).

Never here: a rule that knows any one site or shop program; pages are told by comparing them.
Start reading at ``visit.py`` (the pages opened), then ``shapes.py`` (links in groups) and ``proposals.py`` (the rules).
"""
