"""A page and a work side by side: strips of about a sentence, marked run by run; scripts by their own structure.

Start reading at ``compare.py``.
"""
