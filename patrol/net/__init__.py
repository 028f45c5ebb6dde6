"""Addresses and connections: canonical URLs, resolvers, which server answered, in which country it stands.

Never here: fetching (``spiders``). Pure functions over text and tables, except ``resolvers.py``, which asks.
"""
