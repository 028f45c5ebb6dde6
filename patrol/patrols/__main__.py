"""Crawling process: starts ``crawl.main``.

Kept this small, and under this name, because the comparing processes that it spawns would otherwise import all of Scrapy
again (multiprocessing leaves a ``__main__.py`` alone).
"""

from patrol.patrols.crawl import main

if __name__ == "__main__":
    main()
