"""Jinja templates and the renderers that fill them with read-only queries of ``patrol``.

Never here: crawling, changing anything in the database. Start reading at ``kinds.py`` (the table of all reports), then
``making.py``; ``html.py`` is the daily page with its comparisons.
"""
