"""The parts of a tool's result: texts, and images for models that take them in results."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from services.executor.conversation import ContentPart, MediaKind, MediaPart, TextPart
from services.executor.domain import Json, JsonObject
from services.executor.long_json import escaped

MAX_PARTS = 100
# The most bytes of images in one result; Anthropic takes 5 MB in one image.
MAX_IMAGE_BYTES = 4 * 1024 * 1024
IMAGE_TYPES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
# How the AI SDK names parts with data, in its releases.
_WITH_DATA = frozenset({"file", "file-data", "image-data", "media"})


def parts_of(content: Sequence[Json]) -> tuple[ContentPart, ...]:
    """Return the parts that a tool shows, none if they are too many.

    What is neither a text nor an image with its data is told as JSON. So is an image that is not
    base64, or over the limit, without its data.
    """
    if len(content) > MAX_PARTS:
        return ()
    found: list[ContentPart] = []
    room = MAX_IMAGE_BYTES
    for part in content:
        image = _image(part, room)
        if image is not None and image.data is not None:
            room -= len(image.data)
        if image or (text := _text(part)):  # models refuse empty texts
            found.append(image or TextPart(text))
    return tuple(found)


def without_data(part: Json, most: int = 0) -> Json:
    """Return a part without data that is longer than ``most``, which is no text for a model."""
    if not isinstance(part, dict) or part.get("type") == "text":
        return part
    data = part.get("data")
    if isinstance(data, dict):
        return {**part, "data": without_data(data, most)}
    if not isinstance(data, str) or len(data) <= most:
        return part
    return {**part, "data": f"[left out: {len(data)} characters]"}


def _image(part: Json, room: int) -> MediaPart | None:
    if not isinstance(part, dict) or part.get("type") not in _WITH_DATA:
        return None
    kind, text = part.get("mediaType"), _data(part)
    if not isinstance(kind, str) or kind not in IMAGE_TYPES or not 0 < len(text) <= room * 4 // 3:
        return None
    try:
        return MediaPart(MediaKind.IMAGE, kind, base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None


def _data(part: JsonObject) -> str:
    data = part.get("data")
    if isinstance(data, dict) and data.get("type") == "data":
        data = data.get("data")
    return data if isinstance(data, str) else ""


def _text(part: Json) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return escaped(str(part["text"]))
    return escaped(json.dumps(without_data(part), ensure_ascii=False, separators=(",", ":")))
