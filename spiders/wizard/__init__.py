"""Looking at a site nobody has described yet, and proposing how to read it (``patrol sites new``).

Start reading at ``visit.py``: the spider that opens a few pages. ``shapes`` groups a page's links, ``judging`` tells lists
from items, ``paging`` finds the next page, ``kinds`` tells a shop from a forum, ``looking`` and ``fields`` find price,
seller and the like, ``proposing`` puts the rules together, named as ``selectors`` does. No rule knows any one site.
"""
