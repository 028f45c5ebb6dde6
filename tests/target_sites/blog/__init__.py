"""A Pelican blog in Chinese with its own theme, feed and sitemap: a real foreign program, unchanged."""
