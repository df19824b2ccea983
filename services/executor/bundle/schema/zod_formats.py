"""How zod writes its string formats in JSON Schema, recorded from zod itself.

``FORMATS`` is what ``z.toJSONSchema`` of zod 4.6.7 adds to ``{"type": "string"}``; other releases
of zod 4 differ in the patterns of a few. ``FORMATS_3`` is what ``zod-to-json-schema`` 3.25.2 adds
for zod 3. ``tests/bundle/test_schemas_judged.py`` compares both with the packages.
"""

from __future__ import annotations

from services.executor.domain import JsonObject

FORMATS: dict[str, JsonObject] = {
    "email": {
        "format": r"email",
        "pattern": (
            r"^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]"
            r"*\.)+[A-Za-z]{2,}$"
        ),
    },
    "uuid": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-"
            r"F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
        ),
    },
    "url": {
        "format": r"uri",
    },
    "ipv4": {
        "format": r"ipv4",
        "pattern": (
            r"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]"
            r"|1[0-9][0-9]|[1-9][0-9]|[0-9])$"
        ),
    },
    "ipv6": {
        "format": r"ipv6",
        "pattern": (
            r"^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}"
            r":){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-"
            r"F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1"
            r",4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]"
            r"{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))$"
        ),
    },
    "iso.date": {
        "format": r"date",
        "pattern": (
            r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29"
            r"|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|"
            r"30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))$"
        ),
    },
}
FORMATS_3: dict[str, JsonObject] = {
    "email": {
        "format": r"email",
    },
    "url": {
        "format": r"uri",
    },
    "emoji": {
        "pattern": r"^(\p{Extended_Pictographic}|\p{Emoji_Component})+$",
    },
    "uuid": {
        "format": r"uuid",
    },
    "nanoid": {
        "pattern": r"^[a-zA-Z0-9_-]{21}$",
    },
    "cuid": {
        "pattern": r"^[cC][^\s-]{8,}$",
    },
    "cuid2": {
        "pattern": r"^[0-9a-z]+$",
    },
    "ulid": {
        "pattern": r"^[0-9A-HJKMNP-TV-Z]{26}$",
    },
    "base64": {
        "contentEncoding": r"base64",
    },
    "base64url": {
        "pattern": r"^([0-9a-zA-Z-_]{4})*(([0-9a-zA-Z-_]{2}(==)?)|([0-9a-zA-Z-_]{3}(=)?))?$",
    },
    "jwt": {
        "pattern": r"^[A-Za-z0-9-_]+\.[A-Za-z0-9-_]+\.[A-Za-z0-9-_]*$",
    },
    "date": {
        "format": r"date",
    },
    "time": {
        "format": r"time",
    },
    "duration": {
        "format": r"duration",
    },
}

CIDR_3 = {
    "v4": (
        r"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}"
        r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\/(3[0-2]|[12]?[0-9])$"
    ),
    "v6": (
        r"^(([0-9a-fA-F]{1,4}:){7,7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F"
        r"]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|"
        r"([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a"
        r"-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1"
        r",4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:)|fe80:(:[0-9a-fA-F]{"
        r"0,4}){0,4}%[0-9a-zA-Z]{1,}|::(ffff(:0{1,4}){0,1}:){0,1}((25[0-5]|(2[0-4]|1{0,1}["
        r"0-9]){0,1}[0-9])\.){3,3}(25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])|([0-9a-fA-F]{1,"
        r"4}:){1,4}:((25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])\.){3,3}(25[0-5]|(2[0-4]|1{0,"
        r"1}[0-9]){0,1}[0-9]))\/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
    ),
}
