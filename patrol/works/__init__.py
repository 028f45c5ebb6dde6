"""Protected works: reading their texts and metadata from files, keeping them, and who is licensed to use them.

Never here: comparing (``patrol.works.library``, ``fingerprints``). Start reading at ``importing.py``.
"""
