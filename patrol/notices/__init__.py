"""Notices: drafted, sent, followed up, and how platforms answered.

Never here: paper (``reports``). Start reading at ``register.py`` (the notices themselves), then ``content.py`` (what they
say) and ``follow_up.py`` (is the page gone?).
"""
