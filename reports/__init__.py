"""Jinja templates and the renderers that fill them with read-only queries of ``patrol``.

Never here: crawling, changing anything in the database. Start reading at ``html.py``.
"""
