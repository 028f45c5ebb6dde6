"""Protected works: reading their texts and metadata from files, keeping them, and who is licensed to use them.

Never here: comparing (``patrol.library``, ``fingerprints``). Start reading at ``importing.py``.
"""
