"""The non-text content of a user message, as a request carries it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caisson.executor.v1 import content_pb2 as pb
from services.executor.conversation import ContentPart, MediaKind, MediaPart, TextPart
from services.executor.wire.request_checker import RequestChecker

MAX_PARTS = 32
MAX_TEXT_BYTES = 1024 * 1024
# Of all parts together: the attachments' data, and their descriptions.
MAX_CONTENT_BYTES = 21 * 1024 * 1024
MAX_URL_BYTES = 8 * 1024
MAX_FILENAME_BYTES = 255
# RFC 6838, section 4.2.
MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)
KINDS = {"image": MediaKind.IMAGE, "file": MediaKind.FILE}


def from_content(parts: Sequence[pb.ContentPart], check: RequestChecker) -> tuple[ContentPart, ...]:
    """Return the parts; problems go to ``check``."""
    if len(parts) > MAX_PARTS:
        check.wrong("content", f"It has {len(parts)} parts; the limit is {MAX_PARTS}.")
        return ()
    # Accessing the data would copy it; a message knows its size.
    check.size("content", sum(part.ByteSize() for part in parts), MAX_CONTENT_BYTES)
    return tuple(_part(f"content[{at}]", part, check) for at, part in enumerate(parts))


def _part(field: str, part: pb.ContentPart, check: RequestChecker) -> ContentPart:
    kind = part.WhichOneof("part")
    if kind == "text":
        check.size(f"{field}.text", len(part.text.encode()), MAX_TEXT_BYTES)
        return TextPart(part.text)
    if kind is None:
        check.wrong(field, "It is empty. Set one of `text`, `image` and `file`.")
        return TextPart("")
    return _media(f"{field}.{kind}", KINDS[kind], getattr(part, kind), check)


def _media(field: str, kind: MediaKind, media: pb.Media, check: RequestChecker) -> MediaPart:
    source = media.WhichOneof("source")
    data = media.data if source == "data" else None
    if source is None or not (data or media.url):
        check.wrong(field, "It has no content. Set one of `data` and `url`.")
    if source == "url":
        check.size(f"{field}.url", len(media.url.encode()), MAX_URL_BYTES)
        if not media.url.startswith(("https://", "http://")):
            check.wrong(f"{field}.url", "It must be an http or https URL; send bytes as `data`.")
    elif not media.media_type:
        check.wrong(f"{field}.media_type", 'It is missing. Set its type, such as "image/png".')
    if media.media_type and not MEDIA_TYPE.fullmatch(media.media_type):
        check.wrong(f"{field}.media_type", 'It must be an IANA media type, such as "image/png".')
    check.size(f"{field}.filename", len(media.filename.encode()), MAX_FILENAME_BYTES)
    return MediaPart(kind, media.media_type, data, media.url, media.filename)
