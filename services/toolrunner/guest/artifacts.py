"""The built guest that ships with the package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.resources import files

from services.toolrunner.errors import SetupError


@dataclass(frozen=True)
class GuestArtifacts:
    """The guest's two files: the engine's wasm and the prelude's text."""

    engine_wasm: bytes = field(repr=False)
    prelude_js: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over both files, 64 hexadecimal digits."""
        return hashlib.sha256(self.engine_wasm + self.prelude_js).hexdigest()


def read_artifacts() -> GuestArtifacts:
    """Return the built guest; raises SetupError when it is missing."""
    folder = files(__package__).joinpath("dist")
    try:
        return GuestArtifacts(
            folder.joinpath("engine.wasm").read_bytes(),
            folder.joinpath("prelude.js").read_bytes(),
        )
    except FileNotFoundError as error:
        raise SetupError(
            "the guest is not built: run `make guest`, or install a wheel, which carries it"
        ) from error
