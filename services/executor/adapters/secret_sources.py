"""Sources of secret values: the environment, files, folders of files, commands, and Vault."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.executor.adapters.vault import PLACE_FORM, VaultServer, secret_at
from services.executor.domain import Json
from services.executor.egress.secret_values import KeptSecrets
from services.executor.egress.secrets import SecretSource
from services.executor.errors import SetupError

COMMAND_TIMEOUT_S: Final = 10.0
MAX_BYTES: Final = 64 * 1024
PROVIDERS: Final = (
    '{"environment": NAME}, {"file": PATH}, {"folder": PATH}, {"command": [WORDS]} or '
    f'{{"vault": {PLACE_FORM}}}'
)


class EnvironmentSecrets:
    """Secrets in environment variables.

    Args:
        variable: the variable's name; None means the secret's own name.
        lookup: returns a variable's value, None when it is not set.
    """

    def __init__(self, lookup: Callable[[str], str | None], variable: str | None = None) -> None:
        self._lookup = lookup
        self._variable = variable

    def __repr__(self) -> str:
        """Show the variable's name."""
        return f"EnvironmentSecrets({self._variable!r})"

    def unset(self, name: str) -> str | None:
        """Return the variable of the secret ``name`` if it is not set, else None."""
        variable = self._variable or name
        return None if self._lookup(variable) else variable

    async def value(self, name: str) -> str:
        """Return the variable's value; raises SetupError when it is not set."""
        variable = self._variable or name
        value = self._lookup(variable)
        if not value:
            raise SetupError(
                f"The secret {name} has no value: set the environment variable {variable}."
            )
        return value


class FileSecrets:
    """A secret in a file, read for each run; a trailing newline is not part of it.

    Args:
        path: of the file, or of a folder with a file for each secret, under its name, as
            Kubernetes mounts secrets.
        is_folder: which of both.
    """

    def __init__(self, path: Path, *, is_folder: bool = False) -> None:
        self._path = path
        self._is_folder = is_folder

    def __repr__(self) -> str:
        """Hide the path, which belongs to the operator."""
        return f"FileSecrets({'folder' if self._is_folder else 'file'})"

    async def value(self, name: str) -> str:
        """Return the file's text; raises SetupError when it cannot be read."""
        path = self._path / name if self._is_folder else self._path
        try:
            data = await asyncio.to_thread(content_of, path)
            return data.decode().rstrip("\r\n")
        except (OSError, ValueError):
            raise SetupError(f"The file of the secret {name} cannot be read.") from None


def content_of(path: Path) -> bytes:
    """Return the beginning of a regular file; raises OSError. Others may have no end."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError
        return file.read(MAX_BYTES)


class CommandSecrets:
    """A secret that a command prints, such as the client of a store of secrets.

    No shell reads the command. It and what it has started are ended when it takes too long, or
    prints too much.

    Args:
        words: the command and its arguments.
        environment: its environment variables; None means those of this process.
        timeout_s: seconds that it may take.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str] | None = None,
        timeout_s: float = COMMAND_TIMEOUT_S,
    ) -> None:
        self._words = tuple(words)
        self._environment = environment
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        """Show the command's name."""
        return f"CommandSecrets({self._words[:1]!r})"

    async def value(self, name: str) -> str:
        """Return what the command prints; raises SetupError when it fails or takes too long."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
            )
        except (OSError, ValueError):
            raise SetupError(f"The command of the secret {name} cannot be started.") from None
        try:
            async with asyncio.timeout(self._timeout_s):
                printed = await _printed(process)
                status = await process.wait()
        except TimeoutError:
            raise SetupError(
                f"The command of the secret {name} took more than {self._timeout_s:g} s."
            ) from None
        except asyncio.IncompleteReadError:
            raise SetupError(
                f"The command of the secret {name} printed more than {MAX_BYTES:,} bytes."
            ) from None
        finally:
            await _end(process)
        if status != 0:
            raise SetupError(f"The command of the secret {name} failed with status {status}.")
        try:
            return printed.decode().rstrip("\r\n")
        except ValueError:
            raise SetupError(f"The command of the secret {name} printed no UTF-8 text.") from None


async def _printed(process: asyncio.subprocess.Process) -> bytes:
    """Return what a process prints; raises IncompleteReadError if that is too much."""
    assert process.stdout is not None
    printed = bytearray()
    while piece := await process.stdout.read(MAX_BYTES):
        printed += piece
        if len(printed) > MAX_BYTES:
            raise asyncio.IncompleteReadError(b"", MAX_BYTES)
    return bytes(printed)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process that has not ended, with what it has started, and forget what it prints."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None
    while await process.stdout.read(MAX_BYTES):
        pass
    await process.wait()


@dataclass(frozen=True)
class Providers:
    """Where secrets may come from.

    Attributes:
        lookup: returns the value of an environment variable, None when it is not set.
        environment: for commands; None means that of this process.
        vault: None where none is set.
        kept: returns a source that keeps the values of another, which is slow, for a while.
    """

    lookup: Callable[[str], str | None]
    environment: Mapping[str, str] | None = None
    vault: VaultServer | None = None
    kept: Callable[[SecretSource], SecretSource] = lambda source: source

    def source_of(self, kind: str, argument: Json) -> SecretSource:
        """Return the source of a policy's ``from``; raises SetupError for one that is unknown."""
        if isinstance(argument, str) and argument:
            if kind == "environment":
                return EnvironmentSecrets(self.lookup, argument)
            if kind in ("file", "folder"):
                return FileSecrets(Path(argument), is_folder=kind == "folder")
        words = argument if isinstance(argument, list) else []
        if kind == "command" and words and all(isinstance(word, str) for word in words):
            return self.kept(CommandSecrets([str(word) for word in words], self.environment))
        if kind == "vault" and isinstance(argument, dict):
            return self.kept(secret_at(self.vault, argument))
        raise SetupError(f"A secret comes from {PROVIDERS}.")


def kept_for(
    fresh_s: float, stale_s: float, clock: Callable[[], float]
) -> Callable[[SecretSource], SecretSource]:
    """Return what makes a source keep its values; see ``KeptSecrets``."""

    def kept(source: SecretSource) -> SecretSource:
        return KeptSecrets(source, fresh_s, stale_s, clock)

    return kept
