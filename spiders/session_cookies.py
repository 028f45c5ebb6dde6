"""Session-cookie middleware: begins Scrapy's cookie jar with the cookies of an officer's session.

The jar gives each cookie only to the hosts that it is for, redirects included; what the site sets later replaces it.
A browser's context is given the session by ``spiders.browser.chromium_pages``; its requests keep out of this jar.
"""

from __future__ import annotations

from http.cookiejar import Cookie as JarCookie
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware

from patrol.directory.login_sessions import Cookie


class SessionCookies(CookiesMiddleware):
    """Scrapy's own middleware, begun with ``spider.session`` where the spider has one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SessionCookies:
        made = super().from_crawler(crawler)
        assert isinstance(made, cls)
        crawler.signals.connect(made.begin, signals.spider_opened)
        return made

    def begin(self, spider: Spider) -> None:
        session = getattr(spider, "session", None)
        for cookie in session.cookies if session else ():
            self.jars[None].jar.set_cookie(_jar_cookie(cookie))


def _jar_cookie(cookie: Cookie) -> JarCookie:
    below = cookie.domain.startswith(".")
    # The standard library's jar calls a host without a dot "localhost.local".
    domain = cookie.domain if "." in cookie.domain.strip(".") else f"{cookie.domain}.local"
    rest: dict[str, Any] = {"HttpOnly": ""} if cookie.http_only else {}
    return JarCookie(
        version=0, name=cookie.name, value=cookie.value, port=None, port_specified=False, domain=domain,
        domain_specified=below, domain_initial_dot=below, path=cookie.path, path_specified=True, secure=cookie.secure,
        expires=int(cookie.expires) if cookie.expires > 0 else None, discard=cookie.expires <= 0,
        comment=None, comment_url=None, rest=rest,
    )  # fmt: skip
