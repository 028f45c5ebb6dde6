"""A shop whose pages exist only after JavaScript: ``/`` with routes by ``history.pushState``, ``/h5/`` with ``#!`` routes."""
