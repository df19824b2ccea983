"""Issuers of JSON Web Tokens (RFC 7519), and what their claims mean here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.executor.access.api_keys import ORGANISATION, ORGANISATION_FORM
from services.executor.access.principal import ROLES, Principal, Role, scopes_of

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures by key pairs alone: with a shared secret, whoever verifies could make tokens."""
USUAL: Final = ("RS256", "ES256", "EdDSA")
KEYS: Final = frozenset(
    {
        *("issuer", "audience", "jwks_url", "jwks", "algorithms", "organisation", "roles"),
        *("organisation_claim", "roles_claim", "bind_resource", "leeway_s", "longest_s"),
    }
)
MAX_ISSUERS: Final = 100
LEEWAY_S: Final = 30.0
MOST_LEEWAY_S: Final = 300.0
MAX_CLAIM: Final = 256
MAX_RESOURCE_BYTES: Final = 128
"""What a run may have as its resource: a longer one could not be recorded and go on."""
ISSUERS_FORM: Final = (
    'a JSON list, such as [{"issuer": "https://id.example", "audience": "caisson", "jwks_url": '
    '"https://id.example/jwks.json", "organisation_claim": "org", "roles_claim": "roles"}]'
)


class ClaimError(ValueError):
    """A token that is genuine names no organisation, subject or role that this issuer may name."""


@dataclass(frozen=True)
class Issuer:
    """One issuer of tokens.

    Attributes:
        issuer: the claim ``iss``.
        audience: what the claim ``aud`` has to include.
        jwks_url: where its keys are; empty where ``jwks`` has them.
        jwks: its JSON Web Key Set; None where they are at the URL.
        algorithms: the only ones that its tokens may name.
        organisation: whose its tokens are; empty where ``organisation_claim`` says so.
        roles: their roles; empty where ``roles_claim`` says so.
        bind_resource: whether ``sub`` is the only resource that a token sees.
        leeway_s: seconds by which clocks may differ.
        longest_s: the most seconds from ``iat`` to ``exp``; None for no limit.
    """

    issuer: str
    audience: str
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = field(default=None, repr=False)
    algorithms: tuple[str, ...] = USUAL
    organisation: str = ""
    organisation_claim: str = ""
    roles: frozenset[Role] = frozenset()
    roles_claim: str = ""
    bind_resource: bool = False
    leeway_s: float = LEEWAY_S
    longest_s: float | None = None

    def principal(self, claims: Mapping[str, Any]) -> Principal:
        """Return who a verified token stands for; raises ClaimError."""
        subject = _text(claims.get("sub"))
        organisation = self.organisation
        if self.organisation_claim:
            organisation = _text(_at(claims, self.organisation_claim))
            if not ORGANISATION.fullmatch(organisation):
                raise ClaimError(self.organisation_claim)
        roles = self.roles
        if self.roles_claim:
            roles = _roles(_at(claims, self.roles_claim))
        if not roles:
            raise ClaimError("it has no role that is known here")
        resource = subject if self.bind_resource else None
        if resource is not None and len(resource.encode()) > MAX_RESOURCE_BYTES:
            raise ClaimError("it is bound to a resource whose id is too long")
        return Principal(organisation, subject, roles, scopes_of(roles), "", resource)


def parse_issuers(text: str) -> tuple[Issuer, ...]:
    """Parse a JSON list of issuers; raises ValueError, which says what is wrong with which."""
    entries = json.loads(text or "[]")
    if not isinstance(entries, list) or len(entries) > MAX_ISSUERS:
        raise ValueError(f"it must be {ISSUERS_FORM}")
    found = tuple(_issuer(f"issuer {at + 1}", entry) for at, entry in enumerate(entries))
    names = [(each.issuer, each.audience) for each in found]
    if len(set(names)) < len(names):
        raise ValueError("an issuer is listed twice with the same audience")
    return found


def _issuer(where: str, entry: Any) -> Issuer:
    if not isinstance(entry, dict):
        raise ValueError(f"{where} is no object")
    if unknown := sorted(map(str, entry.keys() - KEYS)):
        raise ValueError(f"{where} has the unknown key {unknown[0][:60]!r}")
    for name in ("issuer", "audience"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise ValueError(f"{where} must have the text {name!r}")
    values = dict(entry)
    _check_one_of(where, entry, ("jwks_url", "jwks"))
    _check_one_of(where, entry, ("organisation", "organisation_claim"))
    _check_one_of(where, entry, ("roles", "roles_claim"))
    for name in ("jwks_url", "organisation_claim", "roles_claim", "organisation"):
        if not isinstance(entry.get(name, ""), str):
            raise ValueError(f"{where}: {name!r} must be a text")
    if "jwks" in entry and not isinstance(entry["jwks"], dict):
        raise ValueError(f"{where}: 'jwks' must be a JSON Web Key Set")
    url = entry.get("jwks_url", "")
    if url and not url.startswith(("https://", "http://127.0.0.1:", "http://[::1]:")):
        raise ValueError(f"{where}: 'jwks_url' must begin with https://")
    organisation = entry.get("organisation", "")
    if organisation and not ORGANISATION.fullmatch(organisation):
        raise ValueError(f"{where}: 'organisation' must have {ORGANISATION_FORM}")
    if "roles" in entry:
        values["roles"] = _known_roles(where, entry["roles"])
    if "algorithms" in entry:
        values["algorithms"] = _algorithms(where, entry["algorithms"])
    if not isinstance(entry.get("bind_resource", False), bool):
        raise ValueError(f"{where}: 'bind_resource' must be true or false")
    for name, most in (("leeway_s", MOST_LEEWAY_S), ("longest_s", math.inf)):
        if name in entry and not (
            type(entry[name]) in (int, float)
            and 0 <= entry[name] <= most
            and math.isfinite(entry[name])
        ):
            raise ValueError(f"{where}: {name!r} must be a number of seconds, at most {most:g}")
    return Issuer(**values)


def _check_one_of(where: str, entry: Mapping[str, Any], names: tuple[str, str]) -> None:
    if (names[0] in entry) == (names[1] in entry):
        raise ValueError(f"{where} must have either {names[0]!r} or {names[1]!r}")


def _algorithms(where: str, listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed or not all(each in ALGORITHMS for each in listed):
        raise ValueError(f"{where}: 'algorithms' may list {', '.join(sorted(ALGORITHMS))}")
    return tuple(listed)


def _known_roles(where: str, listed: Any) -> frozenset[Role]:
    if not isinstance(listed, list) or not listed or not all(each in ROLES for each in listed):
        raise ValueError(f"{where}: 'roles' may list {', '.join(ROLES)}")
    return frozenset(ROLES[each] for each in listed)


def _roles(claim: Any) -> frozenset[Role]:
    """Return the roles of a claim, a list or words; what is no role of ours grants nothing.

    Nor does ``operator``: who writes claims may be one organisation's administrator, and an
    operator sees all of them.
    """
    words = claim.split() if isinstance(claim, str) else claim
    if not isinstance(words, list):
        return frozenset()
    found = frozenset(ROLES[each] for each in words if isinstance(each, str) and each in ROLES)
    return found - {Role.OPERATOR}


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, or by the path to it, with dots: ``realm_access.roles``."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(claim: Any) -> str:
    if not isinstance(claim, str) or not 0 < len(claim) <= MAX_CLAIM or not claim.isprintable():
        raise ClaimError("a claim is no short text")
    return claim
