"""Data URLs: read the text that an address carries in itself (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from spiders.reading.encoding import decode_page


def text_of_data_url(address: str) -> str | None:
    """Return the text of a ``data:text/…`` address; None when it holds something else."""
    head, comma, body = address[5:].partition(",")
    kind = head.partition(";")[0].strip().lower()
    if not comma or not (kind.startswith("text/") or kind == "application/xhtml+xml"):
        return None
    data = unquote_to_bytes(body)
    if head.rstrip().lower().endswith(";base64"):
        try:
            data = base64.b64decode(data)
        except binascii.Error:
            return None
    return decode_page(data, head)[0]
