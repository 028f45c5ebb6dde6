"""The domain and its memory: works, directory, evidence, leads, cases, notices, and the command line over them.

Never here: fetching (``spiders``), a page's way (``pipelines``), paper (``reports``); a crawl is started by spider name only.
Start reading at ``vocabulary.py``, then ``db/models.py``; ``docs/architecture.md`` has the rooms and who may use whom.
"""

__version__ = "0.1.0"
