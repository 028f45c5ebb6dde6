"""Protected works: reading them from files, keeping them, who is licensed to use them, and the comparison library.

Never here: how texts are compared (``fingerprints``) and what a use means (``patrol.judging``).
Start reading at ``importing.py``, then ``library.py``.
"""
