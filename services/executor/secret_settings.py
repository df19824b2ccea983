"""The settings of where secrets come from, a part of the executor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.executor.egress.addresses import special_kind
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError
from services.front.settings_fields import seconds


@dataclass(frozen=True)
class SecretSettings:
    """Where secrets come from; which ones, and who may use them, says the egress policy.

    Attributes:
        secret_fresh_s: seconds for which a value from a command or from Vault is used without
            asking again. Runs that begin later get a value that was replaced there.
        secret_stale_s: seconds for which the last value is used while the command or Vault fails;
            then requests that need the secret fail.
        vault_url: where a HashiCorp Vault or OpenBao is, such as ``https://vault.example:8200``,
            for secrets ``{"from": {"vault": ...}}``.
        vault_token: its token.
        vault_token_file: a file with its token instead, which is read each time, so that an agent
            may renew it.
        vault_namespace: the namespace of secrets that name none.
    """

    secret_fresh_s: float = seconds(30.0, 0.0, 3600.0)
    secret_stale_s: float = seconds(300.0, 0.0, 86_400.0)
    vault_url: str = ""
    vault_token: str = field(default="", repr=False)
    vault_token_file: str = ""
    vault_namespace: str = ""


def wrong_secret_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``SecretSettings``; the token is not shown."""
    problems = []
    if problem := _url_problem(values["vault_url"]):
        problems.append(f"{prefix}VAULT_URL {problem}.")
    tokens = [name for name in ("vault_token", "vault_token_file") if values[name]]
    if values["vault_url"] and len(tokens) != 1:
        problems.append(
            f"{prefix}VAULT_URL needs one of {prefix}VAULT_TOKEN and {prefix}VAULT_TOKEN_FILE."
        )
    if tokens and not values["vault_url"]:
        problems.append(f"{prefix}{tokens[0].upper()} is set, but {prefix}VAULT_URL is not.")
    return problems


def _url_problem(text: str) -> str:
    """Return what is wrong with the URL; empty if nothing is."""
    if not text:
        return ""
    try:
        url = parse_url(text)
    except FetchDeniedError:
        url = None
    if url is None or url.path not in ("", "/") or url.query or "@" in text:
        return "must be a URL of a scheme, a host and a port, such as https://vault.example:8200"
    is_loopback = url.address is not None and special_kind(url.address) == "loopback"
    if url.scheme != "https" and not is_loopback:
        return "must begin with https://, since the token would travel in clear otherwise"
    return ""
