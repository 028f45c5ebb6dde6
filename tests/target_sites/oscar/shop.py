"""Seed the shop through django-oscar's models and serve it on loopback: ``python -m tests.target_sites.oscar.shop``.

Runs in ``.venv-sites``. Writes ``truth.json`` into its folder (what each product's page must say, and its address)
and prints ``ready`` once it answers.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from threading import Thread
from typing import Any

PRODUCTS = 200
GONE = 4
WITH_IMAGE = 12


def seed(folder: Path, address: str) -> None:
    """Tables, products, pages, search index, and the truth about them."""
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        truth = _products()
        _pages([row for row in truth if row["gone"]])
    call_command("rebuild_index", interactive=False, verbosity=0)
    for row in truth:
        row["url"] = address + row["url"]
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")


def _products() -> list[dict[str, Any]]:
    from oscar.apps.catalogue.categories import create_from_breadcrumbs
    from oscar.core.loading import get_model

    from tests.target_sites.goods import make_goods

    model = {name: get_model(*name.split(".")) for name in (
        "catalogue.Product", "catalogue.ProductClass", "catalogue.ProductCategory", "catalogue.ProductAttribute",
        "partner.Partner", "partner.StockRecord", "catalogue.ProductReview", "reviews.ProductReview",
    ) if name != "catalogue.ProductReview"}  # fmt: skip
    kind = model["catalogue.ProductClass"].objects.create(name="图书文化用品", track_stock=True)
    for code, name, type_ in (
        ("shop", "店铺", "text"),
        ("author", "作者", "text"),
        ("press", "出版社", "text"),
        ("sales", "销量", "integer"),
        ("published", "出版日期", "date"),
    ):
        model["catalogue.ProductAttribute"].objects.create(product_class=kind, code=code, name=name, type=type_)
    truth = []
    for good in make_goods(PRODUCTS, gone=GONE):
        product = model["catalogue.Product"](
            product_class=kind, title=good.title, upc=good.code, is_public=not good.gone,
            description="".join(f"<p>{part}。</p>" for part in good.description.rstrip("。").split("。")),
        )  # fmt: skip
        product.attr.shop, product.attr.author, product.attr.press = good.seller, good.author, good.press
        product.attr.sales, product.attr.published = good.sales, good.published
        product.save()
        category = create_from_breadcrumbs(f"图书市集 > {good.category}")
        model["catalogue.ProductCategory"].objects.create(product=product, category=category)
        partner, _ = model["partner.Partner"].objects.get_or_create(name=good.seller)
        model["partner.StockRecord"].objects.create(
            product=product, partner=partner, partner_sku=good.code, price=good.price,
            num_in_stock=0 if good.number % 17 == 0 else 20 + good.number % 30,
        )  # fmt: skip
        if good.number <= WITH_IMAGE:
            _picture(product, good.number)
        if good.number % 20 == 0:
            model["reviews.ProductReview"].objects.create(
                product=product, score=4, title="值得买", body="纸张不错，字也清楚，孩子很喜欢。", name="读者",
                email="reader@example.cn", status=1,
            )  # fmt: skip
        truth.append({
            "url": product.get_absolute_url(), "gone": good.gone, "code": good.code, "title": good.title,
            "price": str(good.price), "seller": good.seller, "author": good.author, "sales": good.sales,
            "published": good.published.isoformat(), "description": good.description, "category": good.category,
            "image": good.number <= WITH_IMAGE,
        })  # fmt: skip
    return truth


def _picture(product: Any, number: int) -> None:
    from io import BytesIO

    from django.core.files.base import ContentFile
    from oscar.core.loading import get_model
    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (300, 400), (20 * number % 256, 120, 200)).save(data, "PNG")
    image = get_model("catalogue", "ProductImage")(product=product, caption=product.title)
    image.original.save(f"cover-{number}.png", ContentFile(data.getvalue()))


def _pages(gone: list[dict[str, Any]]) -> None:
    """An editor's page that still links to what was taken down, as old pages do."""
    from django.contrib.flatpages.models import FlatPage
    from django.contrib.sites.models import Site

    site, _ = Site.objects.update_or_create(pk=1, defaults={"domain": "127.0.0.1", "name": "河湾书市"})
    links = "".join(f'<li><a class="pick" href="{row["url"]}">{row["title"]}</a></li>' for row in gone)
    page = FlatPage.objects.create(url="/picks/", title="编辑推荐", content=f"<ul>{links}</ul>")
    page.sites.add(site)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    (folder / "media").mkdir(parents=True, exist_ok=True)
    os.environ["OSCAR_FOLDER"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.target_sites.oscar.settings"
    import django

    django.setup()
    seed(folder, f"http://127.0.0.1:{chosen.port}")

    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer

    from django.core.servers.basehttp import WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    server = Server(("127.0.0.1", chosen.port), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


def _end_with_parent() -> None:
    """The shop is gone when whoever started it is: its standard input closes."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
