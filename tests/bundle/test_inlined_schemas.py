"""What minifiers leave of zod's functions when they put them in place of their calls."""

from __future__ import annotations

import pytest

from tests.bundle.reading import property_of, tool_of

# The shape of zod 4's own code, with the names that a minifier gave it.
ZOD = """
function C(name, init) { const cls = function () {}; init(cls); return cls; }
function N(params) { if (!params) return {}; return params; }
const Ay = C("ZodAny", () => {}), En = C(`ZodEnum`, () => {}), St = C("ZodString", () => {});
const Ar = C("ZodArray", () => {});
function any(e) { return new e({ type: "any" }); }
function str(e, t) { return new e({ type: `string`, ...N(t) }); }
function S(t) { return str(St, t); }
function A(e, t) {
  return (function (e, t, n) { return new Ar({ type: "array", element: t, ...N(n) }); })(0, e, t);
}
"""


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("S().min(2)", {"type": "string", "minLength": 2}),
        ("any(Ay)", {}),
        ("str(St)", {"type": "string"}),
        ("A(S())", {"type": "array", "items": {"type": "string"}}),
        ('new En({ type: "enum", entries: { A: "a", B: "b" } })', {"enum": ["a", "b"]}),
        ('new En({ type: "enum", entries: { A: "a" }, ...N(void 0) })', {"enum": ["a"]}),
        ('new Ar({ type: "array", element: S() })', {"type": "array", "items": {"type": "string"}}),
    ],
)
def test_remaining_constraints_are_read(schema: str, expected: dict[str, object]) -> None:
    found = property_of(schema, ZOD)
    assert isinstance(found, dict)
    assert {key: value for key, value in found.items() if key in expected} == expected
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    "schema",
    [
        'new En({ type: "enum", entries: { A: "a" }, ...N(globalThis.given) })',
        'new Ar({ type: "array", element: S(), checks: [globalThis.check] })',
        'new Unknown({ type: "any" })',
    ],
)
def test_unsupported_constraints_disable_the_tool(schema: str) -> None:
    tool, manifest = tool_of(f"z.object({{ x: {schema} }})", ZOD)
    assert tool.disabled
    assert any(found.path.endswith("inputSchema.x") for found in manifest.diagnostics)
