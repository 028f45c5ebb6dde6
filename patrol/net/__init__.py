"""Addresses and connections: canonical URLs, resolvers, which server answered, in which country it stands.

Never here: fetching (``spiders``); all is pure but ``resolvers.py``, which asks.
Start reading at ``urls.py``.
"""
