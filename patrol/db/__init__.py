"""The database: typed tables, and how a session is opened.

Never here: what rows mean; each room of ``patrol`` keeps its own queries and writes its own tables.
Start reading at ``models.py``; the schema's history is in ``migrations/`` at the root (Alembic).
"""
