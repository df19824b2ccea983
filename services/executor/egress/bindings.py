"""Parses secret bindings: ``NAME@HOST[,header=NAME][,method=METHOD]...[,like=EXAMPLE]``.

``HOST`` is a fetch rule, whose path limits the paths. A comma starts an option; write a comma in a
rule's path as ``%2C``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.executor.egress.fetch_request import OWN_HEADERS
from services.executor.egress.forms import Form
from services.executor.egress.rules import BadRuleError, FetchRule, parse_rule
from services.executor.egress.secrets import NAME, SecretBinding, SecretSource
from services.executor.errors import SetupError

HEADER: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")
FORM: Final = "NAME@HOST, such as KEY@api.x.com or KEY@api.x.com,header=x-api-key,method=POST"


def bindings_of(texts: Sequence[str], source: SecretSource) -> tuple[SecretBinding, ...]:
    """Parse secret bindings; hosts of one name and header are joined.

    Raises:
        SetupError: one is malformed.
    """
    hosts: dict[tuple[str, str], list[FetchRule]] = {}
    forms: dict[str, str] = {}
    for number, text in enumerate(texts, 1):
        name, separator, bound = text.partition("@")
        if not separator or not NAME.fullmatch(name):
            raise SetupError(
                f"Entry {number} of the secrets is not a secret binding; write {FORM}. It is not "
                "shown, since it may be a secret's value."
            )
        host, *options = bound.split(",")
        header, methods, like = _options(name, options)
        if like and forms.setdefault(name, like) != like:
            raise SetupError(f"The secret {name} is given two forms; it has one placeholder.")
        try:
            rule = parse_rule(host, methods)
        except BadRuleError as error:  # its text, with the rule, might have a secret's value
            why = f"The host of the secret {name}, entry {number}, {error.reason}"
            raise SetupError(f"{why}; write {FORM}.") from None
        hosts.setdefault((name, header), []).append(rule)
    return tuple(
        SecretBinding(name, tuple(rules), source, header=header, form=form_of(name, forms))
        for (name, header), rules in hosts.items()
    )


def form_of(name: str, examples: Mapping[str, str]) -> Form | None:
    """Return the form of a secret's placeholder, None without an example; raises SetupError."""
    return Form(name, examples[name]) if name in examples else None


def header_of(text: str, what: str) -> str:
    """Return the header that a secret is bound to, in lower case.

    Raises:
        SetupError: it is not a header, or one that a tool cannot set.
    """
    header = text.lower()
    if not HEADER.fullmatch(header):
        raise SetupError(f"{what} is bound to what is not a header name, such as x-api-key.")
    if header in OWN_HEADERS:
        raise SetupError(f"{what} is bound to the header {header}, which a tool cannot set.")
    return header


def rule_of(text: str, what: str, methods: Sequence[str] = ()) -> FetchRule:
    """Return a fetch rule; raises SetupError for one that is malformed."""
    try:
        return parse_rule(text, methods)
    except BadRuleError as error:
        raise SetupError(f"{what} is invalid: {error}") from None


def _options(name: str, options: Sequence[str]) -> tuple[str, list[str], str]:
    header, methods, like = "", list[str](), ""
    for option in options:
        key, separator, value = option.partition("=")
        if key == "header" and separator and not header:
            header = header_of(value, f"the secret {name}")
        elif key == "method" and separator:
            methods.append(value)
        elif key == "like" and value and not like:
            like = value
        elif key == "header" and separator:
            raise SetupError(f"The secret {name} names two headers; repeat it for each, as {FORM}.")
        else:
            raise SetupError(
                f"The secret {name} has {_shown_option(key, separator)}; valid are header=NAME, "
                f"method=METHOD and like=EXAMPLE. Write {FORM}."
            )
    return header, methods, like


def _shown_option(key: str, separator: str) -> str:
    """Return what an unknown option is called; without a name it may be a secret's value."""
    if separator and NAME.fullmatch(key):
        return f"the unknown option {key[:40]!r}"
    return "an option without a name"
