"""Complaints (投诉举报): reading them from tables and letters, entering them as targets, and what can be answered.

Never here: crawling or judging; a complaint's page is patrolled like any target. Start reading at ``reading.py``.
"""
