"""Cases in which the guest is known to differ from Node, with the cause of each."""

from __future__ import annotations

from typing import Final

STANDARD: Final = "the guest does what the standard says, and Node does not"
NEWER_URL: Final = "whatwg-url reads the newest text of the standard, Node's parser an older one"
OPAQUE_BASE: Final = "Node takes a fragment against an opaque path for a path"
BIDI: Final = "Node lets through a label that breaks the rule of mixed directions"
WORDS: Final = "ICU finds the words of scripts without spaces in dictionaries, left out here"
INSIDE: Final = "the engine does not show what a promise or an iterator holds"

GAPS: Final[dict[str, dict[str, str]]] = {
    "url": {
        'parts of "http://xn--/"': NEWER_URL,
        'parts of "http://xn--a/"': NEWER_URL,
        'parts of "http://xn--zn7c.com/"': NEWER_URL,
        'parts of "http://1\u05d0.com/"': BIDI,
        'against foo:bar "g#s"': OPAQUE_BASE,
        'against about:blank "g#s"': OPAQUE_BASE,
    },
    "events": {
        "Event constants": STANDARD,
        "any of any": STANDARD,
        "onabort replaced and removed": STANDARD,
    },
    "streams": {
        "gzip and more": "the error of a second gzip member has zlib's code",
        "compress text": STANDARD,
    },
    "locales": {
        "numbers tr-TR": "ICU writes the symbol of a currency beside its name in Turkish",
        "date range fa-IR": "ICU finds no interval of months in the Persian calendar",
        "calendar iso8601": "ICU has no names of months for the ISO 8601 calendar",
    },
    "segments": {
        "word ja-JP": WORDS,
        "word zh-CN": WORDS,
        "word zh-TW": WORDS,
        "word th-TH": WORDS,
        "word lo-LA": WORDS,
        "word km-KH": WORDS,
        "word my-MM": WORDS,
    },
    "node": {
        'Buffer base64 "\U0001f600"': "byteLength of what is no base64",
        'Buffer base64url "\U0001f600"': "byteLength of what is no base64",
        "inspect promise": INSIDE,
        "inspect in an object promise": INSIDE,
        "inspect mapIterator": INSIDE,
        "inspect in an object mapIterator": INSIDE,
    },
}
