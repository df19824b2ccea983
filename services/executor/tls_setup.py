"""The way to the toolrunner over TLS, from the settings."""

from __future__ import annotations

import logging
from typing import Final

from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.errors import SetupError
from services.executor.settings import Settings
from services.front.listening import is_local
from services.front.tls_files import TlsFiles
from services.front.tls_paths import TlsFileError

logger = logging.getLogger(__name__)

NOT_ENCRYPTED: Final = (
    "the way to the toolrunner at %s is not encrypted, and neither side knows the other: set "
    "CAISSON_EXECUTOR_TOOLRUNNER_CA, _CERTIFICATE and _KEY; see docs/tls.md"
)


def runner_tls_of(settings: Settings) -> RunnerTls | None:
    """Return how the toolrunner is reached over TLS; None for without.

    Raises:
        SetupError: the files cannot be used.
    """
    paths = settings.toolrunner_files
    if paths is None:
        if not all(map(is_local, settings.toolrunners.all)):
            logger.warning(NOT_ENCRYPTED, settings.toolrunner)
        return None
    try:
        files = TlsFiles(paths, "the connection to the toolrunner")
    except TlsFileError as error:
        raise SetupError(
            f"{error}. CAISSON_EXECUTOR_TOOLRUNNER_CA, _CERTIFICATE and _KEY name these files."
        ) from None
    return RunnerTls(files, settings.toolrunner_name)
