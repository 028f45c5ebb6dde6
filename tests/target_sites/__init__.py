"""Whole sites that Patrol did not make, crawled with nothing but a site file: ``make test-sites``.

``goods`` is what is for sale on them; ``oscar`` a django-oscar shop, ``spa`` a site that only JavaScript builds,
``blog`` a Pelican blog, ``forum`` an old GBK forum. What needs packages of its own runs in ``.venv-sites`` and imports
nothing of the main environment.
"""
