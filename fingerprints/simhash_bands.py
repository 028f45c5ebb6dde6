"""Simhash bands: finds near-duplicate texts by 64-bit simhash without scanning, by bands that two values share.

Values that differ in at most ``DISTANCE`` bits agree wholly in one of ``DISTANCE + 1`` bands (Manku, Jain and
Das Sarma 2007, "Detecting near-duplicates for web crawling"), so that no near duplicate is missed where each band is looked up.
"""

from __future__ import annotations

BITS = 64
DISTANCE = 3
"""Texts whose values differ in so many bits, at most, are near duplicates."""


def bands(value: int) -> tuple[str, ...]:
    """Return the bands of a simhash as ``NUMBER:VALUE``.

    >>> bands(0x1234_5678_9ABC_DEF0)
    ('0:def0', '1:9abc', '2:5678', '3:1234')
    """
    width = BITS // (DISTANCE + 1)
    return tuple(f"{n}:{value >> n * width & (1 << width) - 1:04x}" for n in range(DISTANCE + 1))


def distance(one: int, other: int) -> int:
    """Count the bits in which two values differ, 0..64."""
    return (one ^ other).bit_count()
