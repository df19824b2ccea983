"""What the guest is booted from: the memory it begins with, and its input.

The booted image is kept between starts under a key of all of this, so that a change of the layout
alone never uses an image with the old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.toolrunner.guest.artifacts import GuestArtifacts
from services.toolrunner.sandbox import abi
from services.toolrunner.sandbox.abi import WASM_PAGE_BYTES
from services.toolrunner.sandbox.wasm_binary import Segment

VERSION: Final = 2
"""What a plan does not hold: the calls that boot the guest, and the form of a packed image.
Whoever changes one of them raises this number."""


@dataclass(frozen=True)
class BootPlan:
    """A memory of ``memory_bytes`` with these segments, and the input of the guest's boot.

    ``guest`` is the digest of the artifacts, which tells the bytes of all segments and of the code.
    """

    guest: str
    memory_bytes: int
    segments: tuple[Segment, ...] = field(repr=False)
    input: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """SHA-256 of what the booted image depends on, 64 hexadecimal digits."""
        places = [(each.offset, len(each.data)) for each in self.segments]
        layout = f"{VERSION}\0{self.guest}\0{self.memory_bytes}\0{places}\0"
        return hashlib.sha256(layout.encode() + self.input).hexdigest()


def boot_plan(artifacts: GuestArtifacts, segments: Sequence[Segment], pages: int) -> BootPlan:
    """Return how to boot a guest.

    Args:
        artifacts: the built guest.
        segments: the data of its wasm.
        pages: how many wasm pages its code knows of; the prelude's data lies behind them.
    """
    data_at = pages * WASM_PAGE_BYTES
    data = artifacts.prelude_data
    data_pages = -(-len(data) // WASM_PAGE_BYTES)
    return BootPlan(
        artifacts.digest,
        data_at + data_pages * WASM_PAGE_BYTES,
        (*segments, Segment(data_at, data)),
        abi.DATA_PLACE.pack(data_at, len(data)) + artifacts.prelude_js,
    )
