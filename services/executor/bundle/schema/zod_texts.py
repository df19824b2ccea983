"""String checks and formats: ``z.email()``, ``.datetime({offset: true})``, ``.regex()``."""

from __future__ import annotations

import re

from services.executor.bundle.schema.model import Check, Pattern, UnreadableSchemaError
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_formats import FORMATS, FORMATS_3
from services.executor.domain import Json, JsonObject

DIGITS = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPECIAL_4 = re.compile(r"[.*+?^${}()|[\]\\]")
_LINE_ENDS = {"\n": "n", "\r": "r", "\u2028": "u2028", "\u2029": "u2029"}
_PLAIN_3 = frozenset("ABCDEFGHIJKLMNOPQRSTUVXYZabcdefghijklmnopqrstuvxyz0123456789")
# zod creates this expression for each schema; every other one is a single shared object.
_FRESH = "uuid"
_PATTERNS = {
    name: Pattern(str(said["pattern"])) for name, said in FORMATS.items() if "pattern" in said
}
TEXT_FORMATS = tuple(name for name in FORMATS if "." not in name)
ISO_FORMATS = ("date", "datetime", "time")


def format_check(name: str, arguments: Arguments) -> Check:
    """Return the check of a format, such as "email" or "iso.datetime", with its options."""
    if arguments.is_v3:
        return _format_3(name.removeprefix("iso."), arguments)
    for option in ("pattern", "version"):
        if arguments.option(0, option) is not None:
            reason = f"its option `{option}` is not read"
            raise UnreadableSchemaError(reason, arguments.node, arguments.path)
    options = arguments.options(0)
    lax = bool(options.get("local")) or options.get("precision") == -1
    form = name.removeprefix("iso.")
    return Check(
        "string_format", format=form, pattern=_pattern(name, options), lax=lax and form != name
    )


def _pattern(name: str, options: JsonObject) -> Pattern | None:
    match name:
        case "iso.datetime":
            return Pattern(_datetime(options))
        case "iso.time":
            return Pattern(f"^{_time(options.get('precision'))}$")
    found = _PATTERNS.get(name)
    return Pattern(found.source) if found is not None and name == _FRESH else found


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


def _format_3(name: str, arguments: Arguments) -> Check:
    """Return a format as ``zod-to-json-schema`` writes it for zod 3."""
    options = arguments.options(0)
    if name == "datetime":
        return Check("string_format", format="date-time")
    if name == "ip":
        version = str(options.get("version", ""))
        return Check("string_format", format=f"ip{version or '?'}")
    said = FORMATS_3.get(name, {})
    pattern = Pattern(str(said["pattern"])) if "pattern" in said else None
    return Check("string_format", format=str(said.get("format", "")), pattern=pattern)


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
            if len(arguments) > 1 and not arguments.is_v3:
                reason = "its second argument is not read"
                raise UnreadableSchemaError(reason, arguments.node, arguments.path)
            return Check("string_format", format="includes", pattern=Pattern(text or "(?:)"))
