"""A page and a work side by side: strips of about a sentence, marked run by run; scripts by their own structure.

Never here: whether it is a copy (``fingerprints`` judges), and HTML (``reports/templates``).
Start reading at ``compare.py``.
"""
