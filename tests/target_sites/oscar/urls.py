"""All of django-oscar, a sitemap, and its files."""

from django.apps import apps
from django.conf import settings
from django.contrib.sitemaps import GenericSitemap
from django.contrib.sitemaps.views import sitemap
from django.contrib.staticfiles.views import serve as serve_static
from django.urls import include, path, re_path
from django.views.static import serve
from oscar.core.loading import get_model


def _products() -> GenericSitemap:
    product = get_model("catalogue", "Product")
    return GenericSitemap(
        {"queryset": product.objects.browsable().order_by("pk"), "date_field": "date_updated"}, protocol="http"
    )


urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    re_path(r"^static/(?P<path>.*)$", serve_static, {"insecure": True}),
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("sitemap.xml", sitemap, {"sitemaps": {"products": _products()}}, name="django.contrib.sitemaps.views.sitemap"),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
