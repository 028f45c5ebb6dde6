"""One fetched page read: bytes to text, text to tree, tree to fields, and what state the page is in.

Never here: requests.
Start reading at ``page.py``, then ``extract.py``; numbers and dates are in ``values.py``.
"""
