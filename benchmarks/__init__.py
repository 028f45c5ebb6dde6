"""Measurements, not tests: each prints its figures and may read ``../shared/data`` (and says so when it is absent)."""
