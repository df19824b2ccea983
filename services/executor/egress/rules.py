"""Fetch rules of scheme, host, port, path and method; requests that no rule allows are denied.

A rule is ``host``, ``*.suffix``, ``host:port`` or ``scheme://host[:port][/path-prefix]``; a bare
host means https on 443, and a port without a scheme means http or https there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from services.executor.egress.addresses import Address, special_kind
from services.executor.egress.web_url import PORTS, WebUrl, parse_url
from services.executor.errors import FetchDeniedError

WILDCARD: Final = "*."
MAX_RULE_CHARACTERS: Final = 2048
MAX_SHOWN: Final = 80
# Servers differ in whether these separate path segments, so prefixes with them are ambiguous.
ENCODED_SEPARATORS: Final = re.compile(r"%(?:2f|5c|00)|;", re.IGNORECASE)
HAS_PORT: Final = re.compile(r":\d+$")
# What may be a password, which errors do not show.
USER_PART: Final = re.compile(r"[^/'\"]*@")
METHOD: Final = re.compile(r"[A-Z]{1,20}")


class BadRuleError(ValueError):
    """A rule is malformed; the message says why, with the rule but for its user part.

    Attributes:
        reason: what is wrong, without the rule.
    """

    def __init__(self, reason: str, rule: str, detail: str = "") -> None:
        shown = USER_PART.sub("...@", f"The fetch rule {rule!r} {reason}{detail}.")
        super().__init__(shown)
        self.reason = reason


@dataclass(frozen=True)
class FetchRule:
    """One rule. A ``host`` of ``*.`` and a name means all its subdomains, but not the name itself.

    No ``scheme`` means both http and https; ``path`` is a prefix that ends at a segment boundary;
    no ``methods`` means all of them. Servers that a ``traced`` rule allows are told the trace.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"
    methods: frozenset[str] = frozenset()
    traced: bool = False

    def __str__(self) -> str:
        """Return the rule's text."""
        if not self.scheme:
            return f"{self._host}:{self.port}"
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        if self.scheme == "https" and not port and self.path == "/":
            return self._host
        return f"{self.scheme}://{self._host}{port}{'' if self.path == '/' else self.path}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def covers_host(self, url: WebUrl) -> bool:
        """Tell whether a URL's scheme, host and port match the rule."""
        if url.scheme != (self.scheme or url.scheme) or url.port != self.port:
            return False
        if self.host.startswith(WILDCARD):
            return url.host.endswith(self.host[1:]) and url.address is None
        return url.host == self.host

    def allows(self, url: WebUrl, method: str) -> bool:
        """Tell whether the rule allows a request."""
        return (
            self.covers_host(url)
            and (not self.methods or method in self.methods)
            and (self.path == "/" or self._below(url.path))
        )

    def consents_to(self, url: WebUrl) -> bool:
        """Tell whether the rule names the address of a URL literally."""
        return url.address is not None and self.covers_host(url)

    def _below(self, path: str) -> bool:
        if ENCODED_SEPARATORS.search(path):
            return False
        prefix = self.path.removesuffix("/")
        return path == prefix or path.startswith(f"{prefix}/")


def parse_rule(text: str, methods: Iterable[str] = ()) -> FetchRule:
    """Parse a rule.

    Raises:
        BadRuleError: it is malformed.
    """
    rule = text.strip()
    if not rule or len(rule) > MAX_RULE_CHARACTERS:
        raise BadRuleError("must name a host, such as api.example.com", rule[:MAX_SHOWN])
    scheme, separator, rest = rule.partition("://")
    if not separator and ":/" in rule:
        raise BadRuleError("is no URL; write https://HOST, such as https://api.example.com", rule)
    if not separator:
        scheme, rest = "https", rule
        if "/" in rest:
            raise BadRuleError("has a path but no scheme", rule, f"; write https://{rule}")
    wildcard = rest.startswith(WILDCARD)
    try:
        url = parse_url(f"{scheme}://{rest.removeprefix(WILDCARD)}")
    except FetchDeniedError as error:
        why = error.message.removesuffix(".")
        raise BadRuleError("cannot be read", rule, f": {why}") from None
    _check_rule(rule, rest, url, wildcard=wildcard)
    named = frozenset(each.upper() for each in methods)
    for each in named:
        if not METHOD.fullmatch(each):
            raise BadRuleError("has an invalid method", rule, f", {each[:20]!r}")
    host = f"{WILDCARD}{url.host}" if wildcard else url.host
    either = not separator and HAS_PORT.search(rest) is not None
    return FetchRule("" if either else url.scheme, host, url.port, url.path, named)


def _check_rule(rule: str, rest: str, url: WebUrl, *, wildcard: bool) -> None:
    if "?" in rest or "#" in rest:
        raise BadRuleError("must end at its path", rule)
    if "*" in url.host or "%" in url.host:
        raise BadRuleError("may have a star only as its first label", rule)
    if wildcard and (url.address is not None or "." not in url.host):
        raise BadRuleError("is too wide; a star must come before a name with a dot", rule)
    if ENCODED_SEPARATORS.search(url.path):
        raise BadRuleError("has an encoded separator in its path", rule)


@dataclass(frozen=True)
class Allowances:
    """The rules of one run: each of the lists must allow a request.

    A deployment gives one list, a request may narrow it by another.
    """

    lists: tuple[tuple[FetchRule, ...], ...] = field(default=((),))

    @property
    def any(self) -> bool:
        """Whether anything may be reached at all."""
        return all(self.lists)

    def check(self, url: WebUrl, method: str) -> None:
        """Check a request.

        Raises:
            FetchDeniedError: no rule allows it; the message suggests one.
        """
        for rules in self.lists:
            if any(rule.allows(url, method) for rule in rules):
                continue
            where = suggested_rule(url)
            if any(rule.covers_host(url) for rule in rules):
                raise FetchDeniedError(
                    f"{method} {url} was not granted: the rules for {url.host} allow other "
                    "methods or paths."
                )
            raise FetchDeniedError(
                f"fetch to {url.authority} was not granted: allow it with --allow-fetch {where}, "
                "or in the deployment's fetch rules."
            )

    def traces(self, url: WebUrl, method: str) -> bool:
        """Tell whether a request is to carry its trace: a rule that allows it says so."""
        return any(
            rule.traced and rule.allows(url, method) for rules in self.lists for rule in rules
        )

    def check_host(self, url: WebUrl) -> None:
        """Check that some request to the host of ``url`` may be allowed.

        Raises:
            FetchDeniedError: no rule is about it; the message suggests one.
        """
        if not all(any(rule.covers_host(url) for rule in rules) for rules in self.lists):
            self.check(url, "GET")

    def check_address(self, url: WebUrl, address: Address) -> None:
        """Check that a connection for ``url`` may go to ``address``.

        Raises:
            FetchDeniedError: it is not a public address, and no rule names it literally.
        """
        kind = special_kind(address)
        if kind is None or all(any(rule.consents_to(url) for rule in each) for each in self.lists):
            return
        raise FetchDeniedError(
            f"fetch to {url.authority} was refused: it is at {address}, which is a {kind} address. "
            "To allow it, add a rule that names the address itself."
        )


def suggested_rule(url: WebUrl) -> str:
    """Return a rule that allows the host of a URL."""
    return str(FetchRule(url.scheme, url.host, url.port))


OPERATORS: Final = frozenset({"loopback", "private", "carrier-grade NAT"})
"""What may be behind a name that the operator has set: also a server in a cluster."""


class OperatorsServer(Allowances):
    """One server that the operator's settings name; never a metadata service or the like.

    Args:
        host: its name or address.
        port: its port.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._where = host, port

    def check(self, url: WebUrl, method: str) -> None:
        """Check a request; raises FetchDeniedError if it is to another server."""
        if (url.host, url.port) != self._where:
            raise FetchDeniedError(f"{url.authority} is not the server that the settings name.")

    def check_address(self, url: WebUrl, address: Address) -> None:
        """Check an address; raises FetchDeniedError if it is of a special kind."""
        self.check(url, "GET")
        kind = special_kind(address)
        if kind is not None and kind not in OPERATORS:
            raise FetchDeniedError(
                f"{url.authority} was refused: it is at {address}, which is a {kind} address."
            )


@dataclass(frozen=True)
class BundleHosts(Allowances):
    """Where bundles may be fetched from: all public hosts, or what ``rules`` allow, if given.

    ``loopback`` allows this machine's own addresses too.
    """

    rules: tuple[FetchRule, ...] = ()
    loopback: bool = False

    @property
    def any(self) -> bool:
        """Whether anything may be reached at all: public hosts may."""
        return True

    def check(self, url: WebUrl, method: str) -> None:
        """Check that a bundle may be fetched from ``url``.

        Raises:
            FetchDeniedError: there are rules, and none allows it.
        """
        if self.rules and not any(rule.allows(url, method) for rule in self.rules):
            raise FetchDeniedError(
                f"{url} may not be fetched: this executor accepts bundles from "
                f"{', '.join(map(str, self.rules))} only."
            )

    def check_address(self, url: WebUrl, address: Address) -> None:
        """Check that the connection may go to ``address``.

        Raises:
            FetchDeniedError: it is not a public address, and no rule names it literally.
        """
        kind = special_kind(address)
        if kind is None or (self.loopback and kind == "loopback"):
            return
        if any(rule.consents_to(url) for rule in self.rules):
            return
        raise FetchDeniedError(
            f"{url} may not be fetched: it is at {address}, which is a {kind} address. Name the "
            "address in CAISSON_EXECUTOR_BUNDLE_FETCH_HOSTS, or give a URL of a public host."
        )
