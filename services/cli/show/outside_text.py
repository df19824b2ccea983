"""Text that a bundle, a tool, a model or a service wrote, before a person sees it.

It must not move the cursor, change a title, hide a line or reorder text. The set
is Unicode's control characters and those that it calls default-ignorable: they are
invisible, so text can hide in them. Variation selectors 15 and 16 stay, since emoji use them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_UNSEEN: Final = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSEEN: Final = re.compile(f"[{_UNSEEN}]")
CONTROL: Final = re.compile(f"[\x00-\x08\x0b-\x1f{_UNSEEN}]")


def clean(text: str) -> str:
    """Return ``text`` with control and invisible characters replaced; newlines and tabs stay."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return ``text`` as ``clean`` does, without newlines: names must not fake lines."""
    return clean(text).replace("\n", " ")


def json_line(document: Any, *, sort_keys: bool = False) -> str:
    """Return JSON text on one line, with invisible characters escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
    return UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text)
