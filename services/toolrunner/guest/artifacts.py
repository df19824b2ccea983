"""The built guest that ships with the package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.resources import files

from services.toolrunner.errors import SetupError


@dataclass(frozen=True)
class GuestArtifacts:
    """The guest's files: the engine's wasm, the prelude's text, and the data that it unpacks."""

    engine_wasm: bytes = field(repr=False)
    prelude_js: bytes = field(repr=False)
    prelude_data: bytes = field(default=b"", repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over all files, 64 hexadecimal digits."""
        parts = (self.engine_wasm, self.prelude_js, self.prelude_data)
        total = hashlib.sha256()
        for part in parts:
            total.update(len(part).to_bytes(8, "little") + part)
        return total.hexdigest()


def read_artifacts() -> GuestArtifacts:
    """Return the built guest; raises SetupError when it is missing."""
    folder = files(__package__).joinpath("dist")
    try:
        return GuestArtifacts(
            folder.joinpath("engine.wasm").read_bytes(),
            folder.joinpath("prelude.js").read_bytes(),
            folder.joinpath("prelude.data").read_bytes(),
        )
    except FileNotFoundError as error:
        raise SetupError(
            "the guest is not built: run `make guest`, or install a wheel, which carries it"
        ) from error
