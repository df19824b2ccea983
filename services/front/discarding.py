"""For output whose reader is gone."""

from __future__ import annotations

import os
from typing import TextIO


def discard(stream: TextIO) -> None:
    """Discard what is written to a stream from now on, and what it could not write.

    Otherwise Python tries again when it ends, and then some versions exit with 120.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
