"""Installs the pinned npm packages and builds the bundles once per change of their sources.

``python -m tests.real_bundles.build`` prints the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.npm import bundled, installed, node

HERE = Path(__file__).parent


@dataclass(frozen=True)
class RealBundles:
    """Where the built bundles are.

    ``numbers``: an AI SDK ``ToolLoopAgent`` addressed as ``numbers``, model ``openai/gpt-5``, tools
    ``primes`` {limit, order}, ``checksum`` {text} -> {bytes, crc32}, ``divide`` (throws
    RangeError on a zero divisor). ``statistics``: Lightfast agents ``statistician`` (tools
    ``summarize``, ``whoami``) and ``greeter``, model ``gateway/anthropic/claude-sonnet-4``, with
    ``lightfast`` left as an import. ``reaching``: a Lightfast agent ``worker`` whose tools use
    real packages that reach out. ``schemas``: one tool for each part of zod.
    """

    folder: Path

    @property
    def numbers_esm(self) -> Path:
        """Return the AI SDK agent as a readable ES module, about 2 MB."""
        return self.folder / "numbers.esm.js"

    @property
    def numbers_min_cjs(self) -> Path:
        """Return the AI SDK agent as minified CommonJS, about 1 MB."""
        return self.folder / "numbers.min.cjs"

    @property
    def statistics_esm(self) -> Path:
        """Return the Lightfast agents as a readable ES module."""
        return self.folder / "statistics.esm.js"

    @property
    def statistics_min_cjs(self) -> Path:
        """Return the Lightfast agents as minified CommonJS."""
        return self.folder / "statistics.min.cjs"

    @property
    def reaching_esm(self) -> Path:
        """Return the agent of tools that reach out as a readable ES module."""
        return self.folder / "reaching.esm.js"

    @property
    def reaching_min_cjs(self) -> Path:
        """Return the agent of tools that reach out as minified CommonJS."""
        return self.folder / "reaching.min.cjs"

    @property
    def schemas_esm(self) -> Path:
        """Return the agent of many schemas as a readable ES module."""
        return self.folder / "schemas.esm.js"

    @property
    def schemas_min_cjs(self) -> Path:
        """Return the agent of many schemas as minified CommonJS."""
        return self.folder / "schemas.min.cjs"

    @property
    def print_schemas(self) -> Path:
        """Return the Node program that prints zod's own JSON Schemas."""
        return self.folder / "print_schemas.cjs"


def build_real_bundles() -> RealBundles:
    """Return the bundles, built now if they are not there; the first time needs the npm registry.

    Raises:
        subprocess.CalledProcessError: npm or the bundler failed; its output is on stderr.
    """
    return RealBundles(bundled(HERE, "real_bundles", HERE / "sources"))


def install_packages() -> Path:
    """Return the folder whose ``node_modules`` holds the pinned packages, esbuild among them.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    return installed(HERE, "real_bundles")


def esbuild() -> list[str]:
    """Return the command that runs the pinned esbuild."""
    return [node(), str(install_packages() / "node_modules" / "esbuild" / "bin" / "esbuild")]


if __name__ == "__main__":
    print(build_real_bundles().folder)
