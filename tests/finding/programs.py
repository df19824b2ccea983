"""Programs whose agents are read, and then found again in the sandbox."""

from __future__ import annotations

from services.executor.bundle.process.read_source import read_source
from services.executor.bundle.syntax.unwrap import runnable
from services.executor.domain import BundleFormat, Manifest
from tests.bundle.reading import DIGEST
from tests.guest.sandboxed import Loaded, Sandbox

# The schema is plain: loading zod takes three times as long as all else that a program does here.
OPENAI = """import { Agent, run, tool } from "@openai/agents";
const none = { properties: {}, required: [] };
const parameters = { type: "object", ...none, additionalProperties: false };
const own = (n) => tool({ name: "own", description: "d", parameters, execute: async () => n });
"""


def read(source: str) -> Manifest:
    """Return what a program declares."""
    return read_source(DIGEST, source.encode())


def loaded(sandbox: Sandbox, source: str, manifest: Manifest) -> Loaded:
    """Return the program in the sandbox, as the executor sends it there."""
    text = runnable(source.encode(), manifest.module, manifest.insertions).decode()
    is_module = manifest.format is BundleFormat.ESM
    made = sandbox.load(text, module=is_module, recovers=True)
    assert made.image is not None, made.ran.failure
    return made


def told(manifest: Manifest) -> str:
    """Return the reasons of all diagnostics, one a line."""
    return "\n".join(f"{each.path}: {each.reason}" for each in manifest.diagnostics)
