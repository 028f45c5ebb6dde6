"""The smallest project that django-oscar runs in. ``OSCAR_FOLDER`` names where it may write."""

import os
from pathlib import Path

from oscar.defaults import *  # noqa: F403 - the way django-oscar asks to be set up

FOLDER = Path(os.environ["OSCAR_FOLDER"])
SECRET_KEY = "only for a test on loopback"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.target_sites.oscar.urls"
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = FOLDER / "media"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
AUTHENTICATION_BACKENDS = ("oscar.apps.customer.auth_backends.EmailBackend",)

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "shop.sqlite3",
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"timeout": 30},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
HAYSTACK_CONNECTIONS = {
    "default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": FOLDER / "index"},
}

OSCAR_SHOP_NAME = "河湾书市"
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_SLUG_ALLOW_UNICODE = True


class _NoMigrations:
    """Tables are made from the models as they are: a shop of a test has no history to replay."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = _NoMigrations()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.sitemaps",
    "oscar.config.Shop",
    *(
        f"oscar.apps.{name}Config"
        for name in (
            "analytics.apps.Analytics", "checkout.apps.Checkout", "address.apps.Address", "shipping.apps.Shipping",
            "catalogue.apps.Catalogue", "catalogue.reviews.apps.CatalogueReviews",
            "communication.apps.Communication", "partner.apps.Partner", "basket.apps.Basket",
            "payment.apps.Payment", "offer.apps.Offer", "order.apps.Order", "customer.apps.Customer",
            "search.apps.Search", "voucher.apps.Voucher", "wishlists.apps.Wishlists", "dashboard.apps.Dashboard",
            "dashboard.reports.apps.ReportsDashboard", "dashboard.users.apps.UsersDashboard",
            "dashboard.orders.apps.OrdersDashboard", "dashboard.catalogue.apps.CatalogueDashboard",
            "dashboard.offers.apps.OffersDashboard", "dashboard.partners.apps.PartnersDashboard",
            "dashboard.pages.apps.PagesDashboard", "dashboard.ranges.apps.RangesDashboard",
            "dashboard.reviews.apps.ReviewsDashboard", "dashboard.vouchers.apps.VouchersDashboard",
            "dashboard.communications.apps.CommunicationsDashboard", "dashboard.shipping.apps.ShippingDashboard",
        )
    ),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
]  # fmt: skip

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
LANGUAGES = [("zh-hans", "简体中文")]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    }
]
LOGGING = {"version": 1, "disable_existing_loggers": True}
