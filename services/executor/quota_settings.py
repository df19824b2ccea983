"""The settings of quotas, a part of the executor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from services.executor.quota.reading import MOST_BYTES, BadQuotasError, read_quotas
from services.executor.quota.rules import QuotaRules
from services.front.settings_fields import declared

QUOTAS_FORM: Final = "a JSON object, or the path of a file that has it, see docs/quotas.md"
URL_FORM: Final = (
    "valkey://, valkeys://, redis:// or rediss://, with USER:PASSWORD@HOST:PORT/NUMBER, and as "
    "parameters only ssl_ca_certs, ssl_certfile and ssl_keyfile"
)
SCHEMES: Final = ("redis", "rediss", "valkey", "valkeys")
PARAMETERS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
MOST_OPEN_S: Final = 86_400.0
CLOSED, OPEN = "closed", "open"


def away(text: str) -> float:
    """Return for how many seconds all is allowed: 0 for ``closed``; raises ValueError."""
    if text == CLOSED:
        return 0.0
    word, _, seconds = text.partition(" ")
    number = float(seconds)
    if word != OPEN or not 0.0 < number <= MOST_OPEN_S:
        raise ValueError(text)
    return number


def when_away() -> float:
    """Declare what happens while the store cannot be asked."""
    kind = f"closed, or open and a number of seconds up to {MOST_OPEN_S:,.0f}, as in `open 30`"
    seconds: float = declared(0.0, away, kind)
    return seconds


@dataclass(frozen=True)
class QuotaSettings:
    """How much organisations, keys and agents may use. With nothing set, there is no limit.

    Attributes:
        quotas: the quotas: a JSON object, or the path of a file that has it, see docs/quotas.md.
        quota_url: a Valkey or Redis that counts them for all executors of a deployment,
            ``valkey://USER:PASSWORD@HOST:PORT/0``, or ``valkeys://`` for TLS; by default each
            executor counts for itself, in its memory.
        quota_when_away: what happens while that server does not answer: by default requests are
            refused (``closed``); ``open 30`` allows everything for 30 seconds first.
    """

    quotas: str = field(default="", metadata={"kind": QUOTAS_FORM})
    quota_url: str = field(default="", repr=False)
    quota_when_away: float = when_away()


def quotas_from(text: str) -> QuotaRules:
    """Return the quotas that a setting, or the file it names, describes; raises BadQuotasError."""
    if text.lstrip().startswith("{"):
        return read_quotas(text)
    try:
        with Path(text).open("rb") as file:
            return read_quotas(file.read(MOST_BYTES + 1))
    except OSError as error:
        raise BadQuotasError(f"The file cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise BadQuotasError(str(error)) from None


def wrong_quota_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``QuotaSettings``; addresses are not shown."""
    problems = []
    if values["quotas"]:
        try:
            quotas_from(values["quotas"])
        except BadQuotasError as error:
            problems += [
                f"{prefix}QUOTAS cannot be used: {each}" for each in str(error).splitlines()
            ]
    elif values["quota_url"]:
        problems.append(f"{prefix}QUOTA_URL is set, and {prefix}QUOTAS, what to count, is not.")
    if values["quota_when_away"] and not values["quota_url"]:
        problems.append(
            f"{prefix}QUOTA_WHEN_AWAY is set, and {prefix}QUOTA_URL, which may be away, is not."
        )
    if values["quota_url"] and not _is_url(values["quota_url"]):
        problems.append(
            f"{prefix}QUOTA_URL is not shown, since it may hold a password; it must be {URL_FORM}."
        )
    return problems


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        named = {name for name, _ in parse_qsl(url.query, strict_parsing=bool(url.query))}
        is_place = bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    database = url.path.removeprefix("/")
    is_number = not database or (database.isascii() and database.isdigit() and len(database) < 5)
    return url.scheme in SCHEMES and is_place and is_number and named <= PARAMETERS
