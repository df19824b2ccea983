"""Write the tables of settings in ``README.md`` from the settings classes, or check them.

Each table stands between ``<!-- settings of NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from services.cli.settings_help import settings_of
from services.executor import settings as executor
from services.toolrunner import settings as toolrunner

README = Path(__file__).resolve().parent.parent / "README.md"
CLASSES = {
    "executor": (executor.Settings, executor.PREFIX),
    "toolrunner": (toolrunner.Settings, toolrunner.PREFIX),
}
TABLE = re.compile(r"(<!-- settings of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(service: str) -> str:
    """Return the Markdown table of a service's settings."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in settings_of(*CLASSES[service]):
        default = setting.default if setting.default == "not set" else f"`{setting.default}`"
        rows.append(f"| `{setting.variable}` | {default} | {setting.meaning} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Write, or with ``--check`` compare; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    text = README.read_text(encoding="utf-8")
    fresh = TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)
    if not check:
        README.write_text(fresh, encoding="utf-8")
        return 0
    if fresh != text:
        print("README.md's settings are stale, run `make readme`", file=sys.stderr)
    return 1 if fresh != text else 0


if __name__ == "__main__":
    sys.exit(main())
