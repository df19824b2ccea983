"""What reading bundles needs of the outside, and what it offers to the service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from services.executor.clients import Client
from services.executor.domain import Bundle, BundleSource, Manifest, Program

Grow: TypeAlias = Callable[[int], None]
"""Asks for so many more bytes to hold, before they are held; raises OverloadedError."""


class BundleReader(Protocol):
    """Turns where a bundle is into what it declares and what to run of it."""

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Fetch, read and return a bundle for ``client``; the reading is cached by digest.

        Raises:
            OverloadedError: too many bytes of bundles wait, of all clients or of this one.
            DigestsOffError: the deployment takes no digests.
            BundleFetchError: the URL did not answer with JavaScript.
            BundleTooLargeError: the bundle is over the size limit.
            UnknownBundleError: this executor holds no bundle of that digest.
            BundleSyntaxError: the bundle cannot be parsed; line and column say where.
            NoAgentsError: it declares no agent in a form that is understood.
            BundleError: it cannot be read for another reason, such as the time limit.
            InternalError: the parser's process failed by our own fault.
        """
        ...

    async def close(self) -> None:
        """Stop the parser processes and drop what is in flight; idempotent."""
        ...


class BundleFetcher(Protocol):
    """Gets a bundle's bytes from a URL."""

    async def fetch(self, url: str, grow: Grow, client: Client) -> bytes:
        """Return the bytes of the bundle at ``url``; ``grow`` is called with each piece.

        The host is looked up in the turn of ``client``.

        Raises:
            OverloadedError: by ``grow``.
            BundleFetchError: the URL is not http or https, its host is unreachable, or its response
                is no JavaScript.
            BundleTooLargeError: the answer is over the size limit.
        """
        ...


class ManifestParser(Protocol):
    """Reads a bundle's source apart from this process, with limits on time and memory."""

    async def parse(self, digest: str, source: bytes) -> Manifest:
        """Return what the bundle declares; ``digest`` is ``sha256:`` and 64 hexadecimal digits.

        Raises:
            BundleSyntaxError: the source is not JavaScript that can be parsed.
            NoAgentsError: it declares no agent.
            BundleError: it takes more time, memory or nesting than is allowed.
            InternalError: the reading itself is at fault.
        """
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...


class ManifestCache(Protocol):
    """Keeps manifests and bundles by digest, between requests and between starts."""

    def get(self, digest: str) -> Manifest | None:
        """Return the manifest of ``digest``, or None if no usable one is stored."""
        ...

    def put(self, manifest: Manifest) -> None:
        """Keep ``manifest``. A cache that cannot write keeps nothing, and does not raise."""
        ...


@dataclass(frozen=True)
class SchemaAnswer:
    """The sandbox's answer about a tool's schema: JSON text, or the reason why there is none.

    ``is_final`` says that it would tell the same again.
    """

    text: str = field(default="", repr=False)
    failure: str | None = None
    is_final: bool = True


class SchemaAsker(Protocol):
    """Asks the sandbox for schemas of tools; the answers are an untrusted bundle's."""

    async def ask(
        self, program: Program, tools: Sequence[tuple[str, str]], client: Client
    ) -> tuple[SchemaAnswer, ...]:
        """Return an answer for each tool, given by the keys of its agent and its own.

        The sandbox works on it in the turn of ``client``.

        An unreachable sandbox and a bundle that cannot be loaded are answers, too.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection; idempotent."""
        ...
