"""The helper functions of compilers are followed, whatever they are called."""

from __future__ import annotations

import pytest

from tests.evaluation.judged import by_node, by_us

ASSIGN = """
var mix = function () { mix = Object.assign || function (t) { for (var s, i = 1; i <
  arguments.length; i++) { s = arguments[i]; for (var p in s) if (Object.prototype.hasOwnProperty
  .call(s, p)) t[p] = s[p]; } return t; }; return mix.apply(this, arguments); };"""
EXTENDS = """
function mix(target) { for (var i = 1; i < arguments.length; i++) { var source = arguments[i];
  for (var key in source) target[key] = source[key]; } return target; }"""
REST = """
var rest = function (s, e) { var t = {}; for (var p in s) if (Object.prototype.hasOwnProperty
  .call(s, p) && e.indexOf(p) < 0) t[p] = s[p]; return t; };"""
IMPORT_DEFAULT = """
var of = function (mod) { return (mod && mod.__esModule) ? mod : { "default": mod }; };"""
IMPORT_STAR = """
var star = function (mod) { if (mod && mod.__esModule) return mod; var result = {};
  if (mod != null) for (var k in mod) if (k !== "default" && Object.prototype.hasOwnProperty
  .call(mod, k)) result[k] = mod[k]; result["default"] = mod; return result; };"""
MARKED = "var m = {}; Object.defineProperty(m, '__esModule', { value: true }); m.default = 'd';"
TEMPLATE = """
var tag = (text, raw) => Object.freeze(Object.defineProperty(text, "raw", { value: raw }));"""


@pytest.mark.parametrize(
    ("before", "result"),
    [
        pytest.param(ASSIGN, "mix(mix({ a: 1 }, { b: 2, a: 3 }), { c: 4 })", id="__assign"),
        pytest.param(EXTENDS, "mix({}, { a: 1 }, { b: 2 })", id="_extends"),
        pytest.param(REST, "rest({ a: 1, b: 2, c: 3 }, ['b'])", id="__rest"),
        pytest.param(IMPORT_DEFAULT, "of({ k: 1 }).default.k", id="__importDefault"),
        pytest.param(IMPORT_DEFAULT + MARKED, "of(m).default", id="__importDefault marked"),
        pytest.param(
            IMPORT_STAR, "[star({ k: 1 }).default.k, star({ k: 2 }).k]", id="__importStar"
        ),
        pytest.param(IMPORT_STAR + MARKED, "star(m).default", id="__importStar marked"),
        pytest.param(TEMPLATE, "((t) => t[0])(['x'])", id="template objects"),
        pytest.param("class C { static a = 1; static b = 'k'; }", "[C.a, C.b]", id="statics"),
        pytest.param("const c = (x) => ({ ...x, kind: 'agent' });", "c({ a: 1 })", id="identity"),
        pytest.param("const o = Object.seal({ a: Object.freeze([1]) });", "o", id="frozen"),
        pytest.param(
            "const E = {}; (function (E) { E[E['A'] = 0] = 'A'; E['B'] = 'b'; })(E);",
            "[E.A, E[0], E.B]",
            id="enum",
        ),
    ],
)
def test_helper_is_evaluated(before: str, result: str) -> None:
    text = f"(() => {{ {before} return {result}; }})()"
    assert by_us([text]) == by_node([text])
