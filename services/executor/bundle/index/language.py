"""JavaScript as tree-sitter reads it: its grammar, and the kinds of nodes that are functions."""

from __future__ import annotations

from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Query

LANGUAGE = Language(tree_sitter_javascript.language())
FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
    }
)


@cache
def query(text: str) -> Query:
    """Return a query, made when it is first needed.

    That takes up to 40 ms, and a process that reads small bundles needs none.
    """
    return Query(LANGUAGE, text)
