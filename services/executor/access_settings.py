"""The settings of who may send requests, a part of the executor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.executor.access.issuers import ISSUERS_FORM, Issuer, parse_issuers
from services.executor.keys import HOW_TO_MAKE
from services.front.bounded_file import FileError, content_within
from services.front.listening import is_local
from services.front.settings_fields import is_address, seconds, switch

JWKS_S: Final = 300.0
MAX_FILE_BYTES: Final = 1024 * 1024
WHO_ARE_THEY: Final = (
    "is an address that other machines may reach, and nobody has to say who they are: set "
    "CAISSON_EXECUTOR_API_KEYS=true, CAISSON_EXECUTOR_JWT_ISSUERS or CAISSON_EXECUTOR_MTLS_ADDRESS "
    "(docs/access.md), or listen on loopback or a Unix socket."
)

KEY_IS_MISSING: Final = (
    "CAISSON_EXECUTOR_API_KEYS is set, and there is no key of the deployment to recognise them by. "
    f"Set CAISSON_EXECUTOR_KEY, the same for all executors, {HOW_TO_MAKE}."
)


def issuers() -> str:
    """Declare a JSON list of issuers, or the path of a file that has it; empty by default."""
    declared: str = field(default="", metadata={"kind": ISSUERS_FORM})
    return declared


@dataclass(frozen=True)
class AccessSettings:
    """Who may send requests. With nothing set, everybody on this machine may.

    Attributes:
        api_keys: true admits API keys, which ``caisson keys`` makes. Their digests are made with
            the deployment's key (``CAISSON_EXECUTOR_KEY``): another key makes them all invalid.
        jwt_issuers: issuers of JSON Web Tokens that are trusted: a JSON list, or the path of a file
            that has it, see docs/access.md.
        jwks_s: seconds after which the keys of an issuer are fetched again: as long, a key that it
            has withdrawn is still taken.
    """

    api_keys: bool = switch()
    jwt_issuers: str = issuers()
    jwks_s: float = seconds(JWKS_S, 1.0, 86_400.0)


def issuers_of(text: str) -> tuple[Issuer, ...]:
    """Return the issuers that a setting lists, or the file that it names; raises ValueError."""
    if text and not text.lstrip().startswith("["):
        try:
            text = content_within(text, MAX_FILE_BYTES).decode("utf-8", "replace")
        except FileError as error:
            raise ValueError(f"the file {error}") from None
    try:
        return parse_issuers(text)
    except RecursionError:
        raise ValueError(f"it must be {ISSUERS_FORM}") from None


def needs_credentials(values: Mapping[str, Any]) -> bool:
    """Return whether callers must say who they are."""
    return bool(values["api_keys"] or values["jwt_issuers"] or values["mtls_address"])


def wrong_access_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``AccessSettings``."""
    problems = []
    try:
        issuers_of(values["jwt_issuers"])
    except ValueError as error:
        problems.append(f"{prefix}JWT_ISSUERS cannot be used: {error}.")
    if values["jwks_s"] != JWKS_S and not values["jwt_issuers"]:
        problems.append(
            f"{prefix}JWKS_S is set, and {prefix}JWT_ISSUERS, whose keys it is about, is not."
        )
    if (
        values["api_keys"]
        and not values["key"]
        and (values["database_url"] or not values["state_dir"])
    ):
        problems.append(KEY_IS_MISSING)
    address = values["address"]
    if not needs_credentials(values) and is_address(address) and not is_local(address):
        problems.append(f"{prefix}ADDRESS {WHO_ARE_THEY}")
    return problems
