"""Sources of secret values: the environment, files, commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.executor.domain import Json
from services.executor.egress.secrets import SecretSource
from services.executor.errors import SetupError

COMMAND_TIMEOUT_S: Final = 10.0
MAX_BYTES: Final = 64 * 1024


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
    """A secret in a file; a trailing newline is not part of it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        """Hide the path, which belongs to the operator."""
        return "FileSecrets()"

    async def value(self, name: str) -> str:
        """Return the file's text; raises SetupError when it cannot be read."""
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES)
            return data.decode().rstrip("\r\n")
        except (OSError, ValueError):
            raise SetupError(f"The file of the secret {name} cannot be read.") from None


class CommandSecrets:
    """A secret that a command prints, such as a vault client's; the command runs for each run.

    Args:
        words: the command and its arguments.
        environment: its environment variables; None means those of this process.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._words = tuple(words)
        self._environment = environment

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
            )
        except OSError:
            raise SetupError(f"The command of the secret {name} cannot be started.") from None
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise SetupError(
                f"The command of the secret {name} took more than {COMMAND_TIMEOUT_S:g} s."
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise SetupError(
                f"The command of the secret {name} failed with status {process.returncode}."
            )
        try:
            return printed[:MAX_BYTES].decode().rstrip("\r\n")
        except ValueError:
            raise SetupError(f"The command of the secret {name} printed no UTF-8 text.") from None


def source_of(
    kind: str,
    argument: Json,
    lookup: Callable[[str], str | None],
    environment: Mapping[str, str] | None = None,
) -> SecretSource:
    """Return the source of a policy's ``from``; raises SetupError for one that is unknown.

    ``environment`` is for commands; None means that of this process.
    """
    if kind == "environment" and isinstance(argument, str):
        return EnvironmentSecrets(lookup, argument)
    if kind == "file" and isinstance(argument, str):
        return FileSecrets(Path(argument))
    words = argument if isinstance(argument, list) else []
    if kind == "command" and words and all(isinstance(word, str) for word in words):
        return CommandSecrets([str(word) for word in words], environment)
    raise SetupError(
        'A secret comes from {"environment": NAME}, {"file": PATH} or {"command": [WORDS]}.'
    )
