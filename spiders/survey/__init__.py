"""Looking at a site nobody has described yet, and proposing how to read it (``patrol sites new``).

``shapes`` groups a page's links and says which kind of address they have; ``selectors`` names elements by what is
likely to last; ``paging`` finds the way to the next page; ``fields`` finds price, seller and the like; ``kinds`` tells
a shop from a forum; ``visit`` is the spider that opens a few pages and puts it together. No rule knows any one site.
"""
