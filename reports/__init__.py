"""All that is drawn or written for people: reports, forms, letters, ledgers; HTML, PDF, Word, Excel, CSV, JSON Lines.

Never here: crawling, rules of the trade, changing the database (but for an edited ledger taken back, ``workbook_in.py``).
Start reading at ``kinds.py`` (the table of all reports), then ``writer.py``; ``html.py`` is the daily page with comparisons.
"""
