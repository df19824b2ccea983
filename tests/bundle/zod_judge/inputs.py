"""Values to try on schemas: texts of every format, numbers at every edge, lists and objects."""

from __future__ import annotations

import json
from pathlib import Path

from services.executor.domain import Json

FILE = Path(__file__).parent / "corpus" / "values.txt"
VALUES: list[Json] = [json.loads(line) for line in FILE.read_text().splitlines()]
# Inputs of tools whose schema has one property, `x`.
INPUTS: list[Json] = [{}, {"x": "a", "y": 1}, *({"x": value} for value in VALUES)]
# Inputs of tools whose schema is looked at as a whole.
ROOT_INPUTS: list[Json] = [value for value in VALUES if isinstance(value, dict)]
