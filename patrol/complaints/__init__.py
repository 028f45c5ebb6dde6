"""Complaints (投诉举报): their intake from tables and letters, their targets, and what can be answered.

Never here: crawling or judging; a complaint's page is patrolled like any target.
Start reading at ``intake.py`` (a file comes in), then ``entering.py`` (what is joined) and ``answers.py`` (what is told).
"""
