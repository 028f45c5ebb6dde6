"""Text that people or pages bring: decoded, stored safely, masked, read from sheets, searched for licence numbers.

Never here: comparing (``fingerprints``), judging (``patrol.judging``), reading pages (``spiders``).
Start reading at ``sheets.py`` (tables), ``masking.py`` (personal data) and ``licences.py`` (numbers).
"""
