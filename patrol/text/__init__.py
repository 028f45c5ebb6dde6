"""Text that people or pages bring: stored safely, decoded, masked, read from sheets, searched for licence numbers.

Never here: comparing (``fingerprints``), judging. Start reading at ``sheets.py`` and ``licences.py``.
"""
