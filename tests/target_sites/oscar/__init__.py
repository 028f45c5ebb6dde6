"""A django-oscar shop of 200 products in Chinese: a real foreign program with its own templates, unchanged.

``shop`` runs in ``.venv-sites`` (Django never enters the main environment); ``serve`` starts it from outside.
"""
