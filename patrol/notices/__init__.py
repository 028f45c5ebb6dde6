"""Notices: drafted, sent, followed up, and how platforms answered.

Never here: paper (``reports``), visits (a patrol makes them; ``follow_up.py`` reads what it captured).
Start reading at ``register.py`` (the notices), then ``content.py`` (what they say) and ``follow_up.py`` (is the page gone?).
"""
