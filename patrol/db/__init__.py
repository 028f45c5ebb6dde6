"""The database: typed tables (models), how a session is opened (session), and nothing about meaning.

Never here: SQL of another room's making; each room of ``patrol`` keeps its own queries.
Start reading at ``models.py``; the schema's history is in ``migrations/`` at the root (Alembic).
"""
