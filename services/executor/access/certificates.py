"""What a client's certificate allows: rules from its names to organisation, subject and roles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.executor.access.api_keys import ORGANISATION, ORGANISATION_FORM
from services.executor.access.ports import Credentials
from services.executor.access.principal import ROLES, Principal, Role, scopes_of
from services.executor.access_errors import UnauthenticatedError
from services.front.certificate_names import certificate_names, matching_name, wrong_pattern
from services.front.settings_fields import WrongTextError

RULE_KEYS: Final = frozenset({"match", "organisation", "roles"})
EXAMPLE: Final = (
    '[{"match": "spiffe://mesh.example/ns/*/sa/backend", "organisation": "acme", '
    '"roles": ["invoker"]}]'
)
MAX_RULES: Final = 1000
NO_RULE: Final = (
    "No rule of this executor names your certificate. Its operator sets them in "
    "CAISSON_EXECUTOR_CERTIFICATE_RULES."
)


@dataclass(frozen=True)
class CertificateRule:
    """Certificates with a name that ``match`` matches belong to ``organisation``."""

    match: str
    organisation: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class CertificateHolder:
    """Whom a certificate belongs to.

    Attributes:
        organisation: its organisation.
        subject: the name in the certificate that a rule matched.
        roles: its roles.
        fingerprint: SHA-256 of the certificate, in hexadecimal.
    """

    organisation: str
    subject: str
    roles: frozenset[Role]
    fingerprint: str


@dataclass(frozen=True)
class Certificates:
    """Admits whoever shows a certificate that a rule names, and sends no other credential."""

    rules: Sequence[CertificateRule]

    async def principal(self, credentials: Credentials) -> Principal | None:
        """See ``Authenticator``; raises UnauthenticatedError for one that no rule names."""
        if credentials.bearer is not None or not credentials.identity:
            return None
        holder = certificate_holder(self.rules, credentials.identity)
        if holder is None:
            return None
        return Principal(holder.organisation, holder.subject, holder.roles, scopes_of(holder.roles))

    async def close(self) -> None:
        """See ``Authenticator``."""


def certificate_holder(
    rules: Sequence[CertificateRule], peer: Mapping[str, Iterable[bytes]]
) -> CertificateHolder | None:
    """Return whom a peer's certificate belongs to, by the first rule; None without certificate.

    Args:
        rules: in their order.
        peer: what ``context.auth_context()`` returns: gRPC has verified the certificate.

    Raises:
        UnauthenticatedError: no rule matches.
    """
    names = certificate_names(peer)
    if names is None:
        return None
    for rule in rules:
        subject = matching_name(rule.match, names)
        if subject is not None:
            return CertificateHolder(rule.organisation, subject, rule.roles, names.fingerprint)
    raise UnauthenticatedError(NO_RULE)


def parse_certificate_rules(text: str) -> tuple[CertificateRule, ...]:
    """Parse the JSON list of a setting; raises WrongTextError, which says what is wrong."""
    try:
        rules = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise WrongTextError(f"is no JSON; write {EXAMPLE}.") from None
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise WrongTextError(
            f"must be a JSON list of at most {MAX_RULES} rules, such as {EXAMPLE}."
        )
    return tuple(_rule(number, rule) for number, rule in enumerate(rules, start=1))


def _rule(number: int, rule: Any) -> CertificateRule:
    if not isinstance(rule, dict) or rule.keys() != RULE_KEYS:
        keys = ", ".join(sorted(RULE_KEYS))
        raise WrongTextError(f"has a wrong rule {number}: an object of exactly {keys} is needed.")
    pattern, organisation, roles = rule["match"], rule["organisation"], rule["roles"]
    wrong = wrong_pattern(pattern) if isinstance(pattern, str) else "it is no text"
    if wrong:
        raise WrongTextError(f'has a wrong "match" in rule {number}: {wrong}.')
    if not isinstance(organisation, str) or not ORGANISATION.fullmatch(organisation):
        raise WrongTextError(
            f'has a wrong "organisation" in rule {number}: it must have {ORGANISATION_FORM}.'
        )
    if not isinstance(roles, list) or not roles or not all(map(_is_role, roles)):
        raise WrongTextError(
            f'has wrong "roles" in rule {number}: a list of {", ".join(ROLES)} is needed.'
        )
    return CertificateRule(pattern, organisation, frozenset(ROLES[each] for each in roles))


def _is_role(value: Any) -> bool:
    return isinstance(value, str) and value in ROLES
