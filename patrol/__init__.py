"""The domain and its memory: directory, works, authorisations, leads, evidence, database, command line.

Never here: spiders and pipelines (a crawl is started only through Scrapy's project API, by spider name).
Start reading at ``patrol/vocabulary.py``, then ``patrol/db/models.py``, then ``patrol/cli/``.
"""

__version__ = "0.1.0"
