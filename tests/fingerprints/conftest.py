"""Compiled code takes its time at the first call: hypothesis measures no deadlines here."""

from hypothesis import settings

settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
