"""Images and files in a user's message, as a request carries them."""

from __future__ import annotations

import re
from typing import Any

from services.executor.conversation import ContentPart, MediaKind, MediaPart, TextPart
from services.executor.wire.request_checker import RequestChecker

MAX_TEXT_BYTES = 1024 * 1024
MAX_URL_BYTES = 8 * 1024
MAX_FILENAME_BYTES = 255
# RFC 6838, section 4.2.
MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)
KINDS = {"image": MediaKind.IMAGE, "file": MediaKind.FILE}


def from_part(field: str, part: Any, check: RequestChecker) -> ContentPart:
    """Return a part of a user's message; ``check`` collects its problems."""
    kind = part.WhichOneof("part")
    if kind == "text":
        return TextPart(check.text(f"{field}.text", part.text, MAX_TEXT_BYTES))
    if kind not in KINDS:
        check.wrong(field, "A USER message has `text`, `image` and `file` only.")
        return TextPart("")
    return _media(f"{field}.{kind}", KINDS[kind], getattr(part, kind), check)


def _media(field: str, kind: MediaKind, media: Any, check: RequestChecker) -> MediaPart:
    source = media.WhichOneof("source")
    data = media.data if source == "data" else None
    if source is None or not (data or media.url):
        check.wrong(field, "It has no content. Set one of `data` and `url`.")
    if source == "url":
        check.text(f"{field}.url", media.url, MAX_URL_BYTES)
        if not media.url.startswith(("https://", "http://")):
            check.wrong(f"{field}.url", "It must be an http or https URL; send bytes as `data`.")
    elif not media.media_type:
        check.wrong(f"{field}.media_type", 'It is missing. Set its type, such as "image/png".')
    if media.media_type and not MEDIA_TYPE.fullmatch(media.media_type):
        check.wrong(f"{field}.media_type", 'It must be an IANA media type, such as "image/png".')
    check.text(f"{field}.filename", media.filename, MAX_FILENAME_BYTES)
    return MediaPart(kind, media.media_type, data, media.url, media.filename)
