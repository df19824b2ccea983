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
    "guid": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$"
        ),
    },
    "uuid": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-"
            r"F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
        ),
    },
    "uuidv4": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{1"
            r"2})$"
        ),
    },
    "uuidv6": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-6[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{1"
            r"2})$"
        ),
    },
    "uuidv7": {
        "format": r"uuid",
        "pattern": (
            r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{1"
            r"2})$"
        ),
    },
    "url": {
        "format": r"uri",
    },
    "hostname": {
        "format": r"hostname",
        "pattern": (
            r"^(?=.{1,253}\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-0"
            r"-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\.?$"
        ),
    },
    "emoji": {
        "format": r"emoji",
        "pattern": (
            r"^(?=[\s\S]*[\p{Extended_Pictographic}\p{Regional_Indicator}\u20E3])[\p{Extended_Pict"
            r"ographic}\p{Emoji_Component}]+$"
        ),
    },
    "nanoid": {
        "format": r"nanoid",
        "pattern": r"^[a-zA-Z0-9_-]{21}$",
    },
    "cuid": {
        "format": r"cuid",
        "pattern": r"^[cC][0-9a-z]{6,}$",
    },
    "cuid2": {
        "format": r"cuid2",
        "pattern": r"^[0-9a-z]+$",
    },
    "ulid": {
        "format": r"ulid",
        "pattern": r"^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$",
    },
    "xid": {
        "format": r"xid",
        "pattern": r"^[0-9a-vA-V]{20}$",
    },
    "ksuid": {
        "format": r"ksuid",
        "pattern": r"^[A-Za-z0-9]{27}$",
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
    "cidrv4": {
        "format": r"cidrv4",
        "pattern": (
            r"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9"
            r"][0-9]|[1-9][0-9]|[0-9])\/([0-9]|[1-2][0-9]|3[0-2])$"
        ),
    },
    "cidrv6": {
        "format": r"cidrv6",
        "pattern": (
            r"^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}"
            r":){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-"
            r"F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1"
            r",4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]"
            r"{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))\/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
        ),
    },
    "base64": {
        "format": r"base64",
        "contentEncoding": r"base64",
        "pattern": (r"^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$"),
    },
    "base64url": {
        "format": r"base64url",
        "contentEncoding": r"base64url",
        "pattern": r"^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$",
    },
    "e164": {
        "format": r"e164",
        "pattern": r"^\+[1-9]\d{6,14}$",
    },
    "creditCard": {
        "format": r"credit_card",
        "pattern": r"^\d(?:[ -]?\d){11,18}$",
    },
    "iban": {
        "format": r"iban",
        "pattern": r"^[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,30}$",
    },
    "jwt": {
        "format": r"jwt",
    },
    "hex": {
        "format": r"hex",
        "pattern": r"^[0-9a-fA-F]*$",
    },
    "currencyCode": {
        "format": r"currency_code",
        "pattern": (
            r"^(?:AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BHD|BIF|BMD|BND|BOB|BOV|BRL|BSD|"
            r"BTN|BWP|BYN|BZD|CAD|CDF|CHE|CHF|CHW|CLF|CLP|CNY|COP|COU|CRC|CUP|CVE|CZK|DJF|DKK|DOP|"
            r"DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|"
            r"INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|"
            r"LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MXV|MYR|MZN|NAD|NGN|NIO|NOK|NPR|"
            r"NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|"
            r"SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|USN|"
            r"UYI|UYU|UYW|UZS|VED|VES|VND|VUV|WST|XAD|XAF|XAG|XAU|XBA|XBB|XBC|XBD|XCD|XCG|XDR|XOF|"
            r"XPD|XPF|XPT|XSU|XTS|XUA|XXX|YER|ZAR|ZMW|ZWG)$"
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
    "iso.duration": {
        "format": r"duration",
        "pattern": (
            r"^P(?:(\d+W)|(?!.*W)(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+"
            r")?S)?)?)$"
        ),
    },
    "hash.md5_hex": {
        "format": r"md5_hex",
        "pattern": r"^[0-9a-fA-F]{32}$",
    },
    "hash.md5_base64": {
        "format": r"md5_base64",
        "pattern": r"^[A-Za-z0-9+/]{22}==$",
    },
    "hash.md5_base64url": {
        "format": r"md5_base64url",
        "pattern": r"^[A-Za-z0-9_-]{22}$",
    },
    "hash.sha1_hex": {
        "format": r"sha1_hex",
        "pattern": r"^[0-9a-fA-F]{40}$",
    },
    "hash.sha1_base64": {
        "format": r"sha1_base64",
        "pattern": r"^[A-Za-z0-9+/]{27}=$",
    },
    "hash.sha1_base64url": {
        "format": r"sha1_base64url",
        "pattern": r"^[A-Za-z0-9_-]{27}$",
    },
    "hash.sha256_hex": {
        "format": r"sha256_hex",
        "pattern": r"^[0-9a-fA-F]{64}$",
    },
    "hash.sha256_base64": {
        "format": r"sha256_base64",
        "pattern": r"^[A-Za-z0-9+/]{43}=$",
    },
    "hash.sha256_base64url": {
        "format": r"sha256_base64url",
        "pattern": r"^[A-Za-z0-9_-]{43}$",
    },
    "hash.sha384_hex": {
        "format": r"sha384_hex",
        "pattern": r"^[0-9a-fA-F]{96}$",
    },
    "hash.sha384_base64": {
        "format": r"sha384_base64",
        "pattern": r"^[A-Za-z0-9+/]{64}$",
    },
    "hash.sha384_base64url": {
        "format": r"sha384_base64url",
        "pattern": r"^[A-Za-z0-9_-]{64}$",
    },
    "hash.sha512_hex": {
        "format": r"sha512_hex",
        "pattern": r"^[0-9a-fA-F]{128}$",
    },
    "hash.sha512_base64": {
        "format": r"sha512_base64",
        "pattern": r"^[A-Za-z0-9+/]{86}==$",
    },
    "hash.sha512_base64url": {
        "format": r"sha512_base64url",
        "pattern": r"^[A-Za-z0-9_-]{86}$",
    },
    "lowercase": {
        "format": r"lowercase",
        "pattern": r"^[^A-Z]*$",
    },
    "uppercase": {
        "format": r"uppercase",
        "pattern": r"^[^a-z]*$",
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

REGEXES = {
    "html5Email": (
        r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?("
        r"?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
    ),
    "rfc5322Email": (
        '^(([^<>()\\[\\]\\\\.,;:\\s@"]+(\\.[^<>()\\[\\]\\\\.,;:\\s@"]+)*)|(".+"))@((\\[[0-9]{1,3}\\.[0'
        r"-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$"
    ),
    "unicodeEmail": ('^[^\\s@"]{1,64}@[^\\s@]{1,255}$'),
    "idnEmail": ('^[^\\s@"]{1,64}@[^\\s@]{1,255}$'),
    "browserEmail": (
        r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?("
        r"?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
    ),
    "domain": (r"^(?=.{1,253}$)([a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$"),
    "httpProtocol": (r"^https?$"),
    "extendedDuration": (
        r"^[-+]?P(?!$)(?:(?:[-+]?\d+Y)|(?:[-+]?\d+[.,]\d+Y$))?(?:(?:[-+]?\d+M)|(?:[-+]?\d+"
        r"[.,]\d+M$))?(?:(?:[-+]?\d+W)|(?:[-+]?\d+[.,]\d+W$))?(?:(?:[-+]?\d+D)|(?:[-+]?\d+"
        r"[.,]\d+D$))?(?:T(?=[\d+-])(?:(?:[-+]?\d+H)|(?:[-+]?\d+[.,]\d+H$))?(?:(?:[-+]?\d+"
        r"M)|(?:[-+]?\d+[.,]\d+M$))?(?:[-+]?\d+(?:[.,]\d+)?S)?)??$"
    ),
    "integer": (r"^-?\d+$"),
    "number": (r"^-?\d+(?:\.\d+)?$"),
}
