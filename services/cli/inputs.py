"""Reads bundles, messages and JSON arguments from the command line, within limits."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.cli.domain import MIB
from services.cli.errors import UsageError
from services.executor.agent_names import parse_ref
from services.executor.bundle.syntax.not_javascript import BUNDLING

# More than the executor's default, so that its own error names the setting to raise.
MAX_BUNDLE_BYTES = 64 * MIB
MAX_MESSAGE_BYTES = 1 * MIB
MAX_JSON_BYTES = 1 * MIB
MAX_PORT = 65535
OTHER_LANGUAGES = {
    ".md": "Markdown",
    ".py": "Python",
    ".rst": "reStructuredText",
    ".sh": "a shell script",
    ".toml": "TOML",
    ".txt": "plain text",
    ".yaml": "YAML",
    ".yml": "YAML",
}


@dataclass(frozen=True)
class NamedBundle:
    """A bundle as the command line names it: a URL, or a path and the bytes that were there.

    ``deployed`` names a deployed agent instead, such as "weather@production".
    """

    name: str
    url: str = ""
    source: bytes | None = field(default=None, repr=False)
    deployed: str = ""


def read_program(name: str) -> NamedBundle:
    """Return what is to run: a deployed agent if it begins with @, else a bundle.

    Raises:
        UsageError: it is no name of a deployed agent, or as ``read_bundle``.
    """
    if not name.startswith("@"):
        return read_bundle(name)
    try:
        return NamedBundle(name, deployed=str(parse_ref(name[1:])))
    except ValueError as error:
        raise UsageError(
            f"{name[:80]} is no deployed agent. {error} Put @ before it; for a file of that name, "
            f"write ./{name[:80]}."
        ) from None


def read_bundle(name: str) -> NamedBundle:
    """Return the bundle at a path or an http(s) URL; a URL is not fetched here.

    Raises:
        UsageError: there is no such file, it is over 64 MiB, or the URL is of another kind.
    """
    scheme = urlsplit(name).scheme.lower() if "://" in name else ""
    if scheme in {"http", "https"}:
        return NamedBundle(name, url=name)
    if scheme:
        raise UsageError(f"BUNDLE is a path or an http(s) URL; {scheme}:// is neither.")
    return NamedBundle(name, source=_read_file(Path(name)))


def _read_file(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(
            f"{path} is a directory. BUNDLE is one JavaScript file: name the file.",
            (f"To make one: {BUNDLING}",),
        )
    if path.suffix.lower() in OTHER_LANGUAGES:
        raise UsageError(
            f"{path} is {OTHER_LANGUAGES[path.suffix.lower()]} by its name. "
            "BUNDLE is one JavaScript file.",
            (f"To make one: {BUNDLING}",),
        )
    try:
        if not path.is_file():
            path.stat()
            raise UsageError(f"{path} is not a regular file. BUNDLE is one JavaScript file.")
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"The bundle {path} cannot be read: {reason}.") from None
    if len(data) > MAX_BUNDLE_BYTES:
        raise UsageError(
            f"The bundle {path} is over {MAX_BUNDLE_BYTES // MIB} MiB. "
            "Minify it, or move data out of it."
        )
    return data


def check_addresses(given: Mapping[str, str]) -> None:
    """Check the addresses of options to listen at; an empty one was not given.

    Raises:
        UsageError: some are no address; the message names each option.
    """
    wrong = [
        f"{option} is {address!r}; it must be HOST:PORT, with a port from 0 to {MAX_PORT}, or "
        "unix:/path."
        for option, address in given.items()
        if address and not is_address(address)
    ]
    if wrong:
        raise UsageError("\n".join(wrong))


def is_address(text: str) -> bool:
    """Return whether this is ``HOST:PORT`` or ``unix:/path``."""
    if text.startswith("unix:"):
        return len(text) > len("unix:")
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) <= MAX_PORT


def read_message(argument: str | None) -> str:
    """Return the message: the argument, or standard input.

    Raises:
        UsageError: there is neither, or it is empty, too long or not UTF-8.
    """
    if argument is not None:
        text = argument
    elif sys.stdin is None or sys.stdin.isatty():
        raise UsageError("The message is missing. Give it after the bundle, or pipe it in.")
    else:
        text = _read_stdin("The message", MAX_MESSAGE_BYTES)
    if not text.strip():
        raise UsageError("The message is empty. Give it after the bundle, or pipe it in.")
    if len(read_text(text, "The message").encode()) > MAX_MESSAGE_BYTES:
        raise UsageError(f"The message is over {MAX_MESSAGE_BYTES // MIB} MiB.")
    return text


def read_text(text: str, what: str) -> str:
    """Return an argument unchanged; raises UsageError if its bytes were not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not UTF-8.") from None
    return text


def read_json(text: str, what: str) -> str:
    """Return JSON text, compacted; ``-`` reads it from the standard input.

    Raises:
        UsageError: it is not JSON; the message says where.
    """
    if text == "-":
        text = _read_stdin(what, MAX_JSON_BYTES)
    if len(text) > MAX_JSON_BYTES:
        raise UsageError(f"{what} is over {MAX_JSON_BYTES // MIB} MiB.")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{what} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            ('In a shell, put it in single quotes: \'{"city": "Oslo"}\'.',),
        ) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"{what} is not usable JSON: {reason}.") from None
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise UsageError(f"{what} is nested too deep.") from None


def read_json_object(text: str, what: str) -> str:
    """Return the JSON text of an object, compacted.

    Raises:
        UsageError: it is not JSON, or not an object.
    """
    compact = read_json(text, what)
    if not compact.startswith("{"):
        raise UsageError(f'{what} must be a JSON object, such as \'{{"userId": "7"}}\'.')
    return compact


def read_agent_arguments(text: str | None) -> list[Any] | None:
    """Return the arguments of --agent-args, None without them.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    arguments = json.loads(read_json(text, "--agent-args"))
    if not isinstance(arguments, (list, dict)):
        raise UsageError(
            "--agent-args must be a JSON array of arguments, or an object, which is then the only "
            'one, such as \'{"tone": "dry"}\'.'
        )
    return arguments if isinstance(arguments, list) else [arguments]


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _read_stdin(what: str, limit: int) -> str:
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise UsageError(f"{what} on standard input is over {limit // MIB} MiB.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} on standard input is not UTF-8 (byte {error.start}).") from None
