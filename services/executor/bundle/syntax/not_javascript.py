"""Guesses what a text that is not JavaScript might be, and suggests what to pass instead."""

from __future__ import annotations

import json
import re

BUNDLING = "esbuild src/agent.ts --bundle --format=esm --sourcemap=inline --outfile=agent.js"
_BUNDLE_IT = f"bundle it with `{BUNDLING}`"
# How much of a text and of a line to look at: enough for a guess, and patterns stay fast.
_HEAD = 32_000
_LINE = 2_000
_JSON_HEAD = re.compile(r'\s*(?:\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})|\[\s*[\[{"\d\]])')
_SOURCE_MAP = re.compile(r'\s*\{\s*"version"\s*:\s*3\s*,')
_HTML = re.compile(r"\s*<(?:!doctype|!--|html|head|body|\?xml|svg)\b|\s*<!", re.IGNORECASE)
_CSS = re.compile(
    r"\s*(?:/\*[^*]*\*/\s*)?(?:@(?:import|media|charset|font-face|tailwind|layer|use)\b"
    r"|[.#*:]?[\w-]+[^\n{};=()]*\{\s*(?:--)?[\w-]+\s*:[^;{}=()]*[;}]"
    r"|[$@][\w-]+\s*:\s*[^;{}=()]+;)"
)
_JSX = re.compile(r"^\s*<[\w/>]|(?:return|=>|\(|=)\s*\(?\s*<[A-Za-z>]")
# A declaration at the start of any line, or an annotation in the line of the error.
_TYPES = re.compile(
    r"^[ \t]*(?:export\s+)?(?:(?:declare|abstract)\s+(?:class|const|function|module)"
    r"|interface\s+\w+|enum\s+\w+|namespace\s+\w+|type\s+\w+(?:<[^>\n]*>)?\s*=|import\s+type\b|export\s+type\b)",
    re.MULTILINE,
)
_TYPED = re.compile(
    r"[\w$\])?]\s*\??:\s*(?:string|number|boolean|unknown|any|void|never|object|bigint|Promise|Record"
    r"|Array|Map|Set|[A-Z]\w*)\b|\)\s*:\s*[\w{\[]|\b(?:as|satisfies)\s+[\w{\[]|\b(?:private|public"
    r"|protected|readonly|implements)\s+\w|\w<\w[\w<>, |\[\]]*>\s*[({]|\w!\s*[.;),\]]"
)


def guess(text: str, line: str) -> str:
    """Return a sentence saying what ``text`` looks like and what to do; "" without a guess.

    Args:
        text: what could not be parsed.
        line: the line of the first error.
    """
    head = text[:_HEAD]
    if _SOURCE_MAP.match(head):
        return "This looks like a source map: give the .js file that it belongs to."
    if _HTML.match(head):
        return (
            "This looks like HTML, such as a server's error page: check the path or the URL. A "
            f"bundle is one JavaScript file, made from the agent's source: {_BUNDLE_IT}."
        )
    if _JSON_HEAD.match(head) and (len(text) > _HEAD or _is_json(text)):
        return f"This looks like JSON. A bundle is made from the agent's source: {_BUNDLE_IT}."
    if _TYPES.search(head) or _TYPED.search(line[:_LINE]):
        return f"This looks like TypeScript: {_BUNDLE_IT}."
    if _CSS.match(head):
        return f"This looks like CSS. A bundle is made from the agent's source: {_BUNDLE_IT}."
    if _JSX.search(line[:_LINE]):
        return f"This looks like JSX: {_BUNDLE_IT}."
    return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
