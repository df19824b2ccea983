"""The certificate files that the settings of both services name, checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Final

from services.cli.installed import EXECUTOR, TOOLRUNNER, missing
from services.executor.settings import Settings as ExecutorSettings
from services.front.tls_paths import TlsFileError, TlsPaths
from services.toolrunner.settings import Settings as ToolrunnerSettings

# Imported when it is used: it needs the services' libraries.
TLS_FILES: Final = "services.front.tls_files"
SOON: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Examined:
    """The files of one purpose: what is wrong with them, or until when they are valid."""

    service: str
    purpose: str
    fault: str = ""
    expires: datetime | None = None

    @property
    def detail(self) -> str:
        """Return it as a sentence's end."""
        if self.fault or self.expires is None:
            return self.fault
        until = f"valid until {self.expires:%Y-%m-%d %H:%M} UTC"
        return f"{until}, which is soon" if self.expires < datetime.now(UTC) + SOON else until


def examined(executor: ExecutorSettings, toolrunner: ToolrunnerSettings) -> Iterator[Examined]:
    """Yield how the files of each purpose are; nothing where none are set."""
    if missing(EXECUTOR) and missing(TOOLRUNNER):
        return
    files = import_module(TLS_FILES)
    for service, purpose, paths in _named(executor, toolrunner):
        try:
            found = files.read_material(paths)
        except TlsFileError as error:
            yield Examined(service, purpose, fault=str(error))
        else:
            yield Examined(service, purpose, expires=found.expires)


def _named(
    executor: ExecutorSettings, toolrunner: ToolrunnerSettings
) -> Iterator[tuple[str, str, TlsPaths]]:
    if executor.server_files is not None:
        paths = executor.mesh_files if executor.mtls_address else executor.server_files
        yield EXECUTOR, "TLS", paths
    if executor.toolrunner_files is not None:
        yield EXECUTOR, "way to toolrunner", executor.toolrunner_files
    if toolrunner.server_files is not None:
        yield TOOLRUNNER, "TLS", toolrunner.server_files
