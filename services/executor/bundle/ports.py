"""The interfaces that reading bundles depends on, and the one it offers to the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from services.executor.agent_parts import AgentPart, HookName
from services.executor.clients import Client
from services.executor.domain import Bundle, BundleSource, Manifest, Program, ProgramSlice

Grow: TypeAlias = Callable[[int], None]
"""Reserves that many more bytes before they are held; raises OverloadedError."""


class BundleReader(Protocol):
    """Turns a bundle's location into what it declares and what to run."""

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Fetch, read and return a bundle for ``client``; the result is cached by digest.

        Raises:
            OverloadedError: too many bytes of bundles are waiting, in all or for this client.
            DigestsOffError: the deployment does not accept digests.
            BundleFetchError: the URL did not answer with JavaScript.
            BundleTooLargeError: the bundle is over the size limit.
            UnknownBundleError: this executor holds no bundle with that digest, or the organisation
                of ``client`` has not sent it.
            BundleSyntaxError: the bundle cannot be parsed; line and column say where.
            NoAgentsError: it declares no agent in a supported form.
            BundleError: it cannot be read for another reason, such as the time limit.
            InternalError: the parser process failed because of a bug in Caisson.
        """
        ...

    async def close(self) -> None:
        """Stop the parser processes and drop what is in flight; idempotent."""
        ...


class BundleFetcher(Protocol):
    """Gets a bundle's bytes from a URL."""

    async def fetch(self, url: str, grow: Grow, client: Client) -> bytes:
        """Return the bytes of the bundle at ``url``; ``grow`` is called with each piece.

        The DNS lookup counts towards the turn of ``client``.

        Raises:
            OverloadedError: raised by ``grow``.
            BundleFetchError: the URL is not http or https, its host is unreachable, or its response
                is not JavaScript.
            BundleTooLargeError: the response is over the size limit.
        """
        ...


class ReadWatch(Protocol):
    """Is told how bundles are read."""

    def found(self, where: str) -> None:
        """A manifest was found in ``memory``, on ``disk``, or nowhere: ``parsed``."""
        ...

    def parsed(self, waited_s: float, seconds: float) -> None:
        """A bundle was parsed in ``seconds``, or not, after it had waited for a parser."""
        ...


class NoReadWatch:
    """Hears nothing."""

    def found(self, where: str) -> None:
        """Do nothing."""

    def parsed(self, waited_s: float, seconds: float) -> None:
        """Do nothing."""


NO_READ_WATCH: Final = NoReadWatch()


class ManifestParser(Protocol):
    """Reads a bundle's source outside this process, with limits on time and memory."""

    async def parse(self, digest: str, source: bytes) -> Manifest:
        """Return what the bundle declares; ``digest`` is ``sha256:`` and 64 hexadecimal digits.

        Raises:
            BundleSyntaxError: the source cannot be parsed as JavaScript.
            NoAgentsError: it declares no agent.
            BundleError: it takes more time, memory or nesting than is allowed.
            InternalError: the reader itself failed.
        """
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...


class RecordedBundles(Protocol):
    """The bundles of recorded runs."""

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        """Return a bundle as it was sent, if a run of the organisation has it.

        It takes as long for one that only others have as for one that nobody has. Raises
        DatabaseError.
        """
        ...


class SliceParser(Protocol):
    """Finds what a program's agents need, outside this process, with limits on time and memory."""

    async def omissions(self, program: Program) -> Omissions:
        """Return what of ``program`` its agents and tools do not need.

        Raises:
            BundleError: it cannot be told, or takes more time or memory than is allowed.
            InternalError: the process itself failed.
        """
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...


class Slicer(Protocol):
    """Makes and keeps the parts of programs that their agents and tools need."""

    async def preferred(self, program: Program) -> ProgramSlice | None:
        """Return the part to load instead of ``program``; None to load all of it.

        That is the part that was kept, or any if the deployment prefers parts.
        """
        ...

    async def part(self, program: Program) -> ProgramSlice | None:
        """Return the part of a program that cannot be loaded; None if there is none to try."""
        ...

    def keep(self, program: Program, *, loads: bool) -> None:
        """Keep whether the part of ``program`` could be loaded, for the next runs."""
        ...

    async def close(self) -> None:
        """End the processes; idempotent."""
        ...


class ManifestCache(Protocol):
    """Keeps manifests and bundles by digest, across requests and restarts."""

    def get(self, digest: str) -> Manifest | None:
        """Return the manifest for ``digest``, or None if no usable one is stored."""
        ...

    def put(self, manifest: Manifest) -> None:
        """Keep ``manifest``. A cache that cannot write keeps nothing and does not raise."""
        ...


MARKS: Final = ("", ";", "0,")
"""What may stand where something is left out: an empty statement, the first part of a sequence."""


@dataclass(frozen=True)
class Omissions:
    """What is left out of a program.

    Attributes:
        ranges: the places in its text, in characters, in order, and what stands at each instead of
            blanks alone: nothing, or one of ``MARKS``.
        statements: how many statements and parts of statements there are.
        omitted: how many of them are left out.
    """

    ranges: tuple[tuple[int, int, str], ...] = field(repr=False)
    statements: int
    omitted: int


@dataclass(frozen=True)
class SandboxQuestion:
    """What the sandbox is asked: the schema of a tool, or parts of an agent in a context.

    ``agent`` and ``tool`` are keys; ``tool`` is empty for parts of the agent. ``context_json`` is
    the runtime context as a JSON object, empty for none. With ``hook`` it is what that hook of the
    agent says to ``given_json``.
    """

    agent: str
    tool: str = ""
    parts: tuple[AgentPart, ...] = ()
    context_json: str = field(default="", repr=False)
    hook: HookName | None = None
    given_json: str = field(default="", repr=False)


@dataclass(frozen=True)
class SandboxAnswer:
    """The sandbox's answer to a question: JSON text, or why there is none.

    ``is_final`` means that asking again would give the same answer. ``not_loaded`` is set if the
    bundle does not load without what a run grants it: a run may get an answer.
    """

    text: str = field(default="", repr=False)
    failure: str | None = None
    is_final: bool = True
    not_loaded: bool = False


class SandboxAsker(Protocol):
    """Asks the sandbox what only running a bundle tells; the answers come from that bundle."""

    async def ask(
        self,
        program: Program,
        questions: Sequence[SandboxQuestion],
        client: Client,
        *,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> tuple[SandboxAnswer, ...]:
        """Return an answer to each question; ``fresh`` asks for a load that is not old.

        The sandbox's work counts towards the turn of ``client``. ``env`` is the environment in
        which the bundle is loaded, for these questions alone; there is none by default.

        An unreachable sandbox or a bundle that cannot be loaded is an answer too.
        """
        ...

    async def faults_at_load(
        self, program: Program, client: Client, *, env: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return sentences about what fails while a program loads, and what that takes out of use.

        There are none when all of it loads, and when the sandbox cannot be asked.
        """
        ...

    async def close(self) -> None:
        """Close the connection; idempotent."""
        ...
