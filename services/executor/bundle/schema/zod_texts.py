"""String checks and formats: ``z.email()``, ``.datetime({offset: true})``, ``.regex()``."""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.values import ImportRef, MemberValue, RegExp, Value
from services.executor.bundle.schema.model import Check, Pattern, UnreadableSchemaError
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_formats import CIDR_3, FORMATS, FORMATS_3, REGEXES
from services.executor.domain import Json, JsonObject

DIGITS = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPECIAL_4 = re.compile(r"[.*+?^${}()|[\]\\]")
_LINE_ENDS = {"\n": "n", "\r": "r", "\u2028": "u2028", "\u2029": "u2029"}
_PLAIN_3 = frozenset("ABCDEFGHIJKLMNOPQRSTUVXYZabcdefghijklmnopqrstuvxyz0123456789")
# zod creates these expressions for each schema; every other one is a single shared object.
_FRESH = frozenset({"uuid", "uuidv4", "uuidv6", "uuidv7", "emoji"})
_PATTERNS = {
    **{name: Pattern(source) for name, source in REGEXES.items()},
    **{name: Pattern(str(said["pattern"])) for name, said in FORMATS.items() if "pattern" in said},
}
# Formats whose names in zod differ from the functions that make them.
_NAMES = {
    "creditCard": "credit_card",
    "currencyCode": "currency_code",
    "httpUrl": "url",
    "iso.date": "date",
    "iso.datetime": "datetime",
    "iso.duration": "duration",
    "iso.time": "time",
    "uuidv4": "uuid",
    "uuidv6": "uuid",
    "uuidv7": "uuid",
}
TEXT_FORMATS = (*(name for name in FORMATS if "." not in name), "httpUrl", "mac")
ISO_FORMATS = ("date", "datetime", "duration", "time")
OLD_FORMATS = ("ip", "cidr")


def format_check(name: str, arguments: Arguments) -> Check:
    """Return the check of a format, such as "email" or "iso.datetime", with its options."""
    if arguments.is_v3:
        return _format_3(name.removeprefix("iso."), arguments)
    options = arguments.options(0)
    given = arguments.option(0, "pattern")
    pattern = _pattern(name, options)
    if given is not None:
        pattern = named_pattern(given)
        if pattern is None:
            reason = "its `pattern` is not a constant"
            raise UnreadableSchemaError(reason, arguments.node, arguments.path)
    precision = options.get("precision")
    lax = bool(options.get("local")) or precision == -1
    return Check(
        "string_format", format=_NAMES.get(name, name), pattern=pattern, lax=lax and "iso" in name
    )


def _pattern(name: str, options: JsonObject) -> Pattern | None:
    match name:
        case "iso.datetime":
            return Pattern(_datetime(options))
        case "iso.time":
            return Pattern(f"^{_time(options.get('precision'))}$")
        case "mac":
            return Pattern(_mac(options.get("delimiter", ":")))
        case "nanoid" if isinstance(options.get("length"), int):
            return Pattern(f"^[a-zA-Z0-9_-]{{{options['length']}}}$")
        case "uuid" if options.get("version"):
            return _versioned(str(options["version"]))
    found = _PATTERNS.get(name)
    return Pattern(found.source) if found is not None and name in _FRESH else found


def _versioned(version: str) -> Pattern:
    either = _PATTERNS["uuidv4"].source
    return Pattern(either.replace("-4[", f"-{version.removeprefix('v')}["))


def _datetime(options: JsonObject) -> str:
    day = _PATTERNS["iso.date"].source[1:-1]
    precision = options.get("precision")
    zones = ["Z", r"([+-](?:[01]\d|2[0-3]):[0-5]\d)"] if options.get("offset") else ["Z"]
    clock = f"{_time(precision, seconds=True)}(?:{'|'.join(zones)})"
    if options.get("local"):
        clock = f"{clock}|{_time(precision)}"
    return f"^{day}T(?:{clock})$"


def _time(precision: Json, *, seconds: bool = False) -> str:
    if isinstance(precision, (int, float)) and not isinstance(precision, bool):
        if precision == -1:
            return DIGITS
        digits = f":[0-5]\\d\\.\\d{{{int(precision)}}}" if precision else r":[0-5]\d"
        return DIGITS + digits
    return DIGITS + (r":[0-5]\d(?:\.\d+)?" if seconds else r"(?::[0-5]\d(?:\.\d+)?)?")


def _mac(delimiter: Json) -> str:
    between = escaped(str(delimiter))
    upper, lower = "[0-9A-F]{2}", "[0-9a-f]{2}"
    return f"^(?:{upper}{between}){{5}}{upper}$|^(?:{lower}{between}){{5}}{lower}$"


def _format_3(name: str, arguments: Arguments) -> Check:
    """Return a format as ``zod-to-json-schema`` writes it for zod 3."""
    options = arguments.options(0)
    if name == "datetime":
        return Check("string_format", format="date-time")
    if name == "ip":
        version = str(options.get("version", ""))
        return Check("string_format", format=f"ip{version or '?'}")
    if name == "cidr":
        versions = [str(options["version"])] if options.get("version") else list(CIDR_3)
        patterns = [CIDR_3[version] for version in versions if version in CIDR_3]
        return Check("string_format", pattern=Pattern("|".join(patterns)))
    said = FORMATS_3.get(name, {})
    if "contentEncoding" in said:
        return Check("content_encoding", value=said["contentEncoding"])
    pattern = Pattern(str(said["pattern"])) if "pattern" in said else None
    return Check("string_format", format=str(said.get("format", "")), pattern=pattern)


def named_pattern(value: Value) -> Pattern | None:
    """Return a regular expression given as an option: a literal, or one of ``z.regexes``."""
    if isinstance(value, RegExp):
        return Pattern(value.pattern, value.flags)
    name = ""
    if isinstance(value, ImportRef) and len(value.path) > 1 and value.path[-2] == "regexes":
        name = value.path[-1]
    elif isinstance(value, MemberValue):
        name = value.key
    name = {"date": "iso.date", "duration": "iso.duration", "uuid4": "uuidv4"}.get(name, name)
    return _PATTERNS.get(name)


def hash_check(arguments: Arguments) -> Check:
    """Return the check of ``z.hash("sha256", {enc})``."""
    algorithm = arguments.json(0)
    name = f"{algorithm}_{arguments.options(1).get('enc', 'hex')}"
    pattern = _PATTERNS.get(f"hash.{name}")
    if pattern is None:
        reason = f"`{name}` is not a hash that zod knows"
        raise UnreadableSchemaError(reason, arguments.node, arguments.path)
    return Check("string_format", format=name, pattern=pattern)


def escaped(text: str, *, is_v3: bool = False) -> str:
    """Return ``text`` escaped for a regular expression, as zod (3: its converter) escapes it.

    ``RegExp.source`` then escapes slashes and line ends.
    """
    if is_v3:
        return "".join(c if c in _PLAIN_3 else f"\\{_LINE_ENDS.get(c, c)}" for c in text)
    text = _SPECIAL_4.sub(r"\\\g<0>", text).replace("/", r"\/")
    return "".join(f"\\{_LINE_ENDS[c]}" if c in _LINE_ENDS else c for c in text)


def affix_check(name: str, arguments: Arguments) -> Check:
    """Return the check of ``.startsWith(text)``, ``.endsWith(text)`` or ``.includes(text)``."""
    given = arguments.json(0)
    if not isinstance(given, str):
        raise UnreadableSchemaError("its text is not known", arguments.node, arguments.path)
    text = escaped(given, is_v3=arguments.is_v3)
    any_text = "" if arguments.is_v3 else ".*"
    match name:
        case "startsWith":
            return Check(
                "string_format", format="starts_with", pattern=Pattern(f"^{text}{any_text}")
            )
        case "endsWith":
            return Check("string_format", format="ends_with", pattern=Pattern(f"{any_text}{text}$"))
        case _:
            position = arguments.options(1).get("position")
            if isinstance(position, (int, float)) and not arguments.is_v3:
                text = f"^.{{{int(position)},}}{text}"
            return Check("string_format", format="includes", pattern=Pattern(text or "(?:)"))
