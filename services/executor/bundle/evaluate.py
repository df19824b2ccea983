"""Evaluates expressions of a bundle without running them.

A dispatch table by ESTree node type; every handler returns a ``Value``, and ``Unsupported`` with
its reason and place for what it does not know. Nothing of the bundle is called: a call stays a
``CallValue`` until ``reduce`` (in ``calls.py``) replaces it by the expression that the called
function returns. Steps and depth are bounded; past the bound everything is ``Unsupported``.
"""

from __future__ import annotations

from collections.abc import Callable

from services.executor.bundle import operators
from services.executor.bundle.bindings import project, writes_applied
from services.executor.bundle.calls import reduce_call
from services.executor.bundle.members import member_of
from services.executor.bundle.scope import Binding, BindingKind, Scope, ScopeTree, Write
from services.executor.bundle.syntax import (
    Node,
    clean_text,
    describe,
    property_name,
    span,
    template_text,
)
from services.executor.bundle.values import (
    ArrayValue,
    BigInt,
    CallValue,
    ClassValue,
    Constant,
    Entry,
    Env,
    Frame,
    FunctionValue,
    GlobalRef,
    ImportRef,
    MemberValue,
    ObjectValue,
    OpaqueRest,
    RegExp,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    known,
)

MAX_STEPS = 400_000
MAX_DEPTH = 400
