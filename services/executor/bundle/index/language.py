"""JavaScript as tree-sitter reads it: its grammar, and the kinds of nodes that are functions."""

from __future__ import annotations

import tree_sitter_javascript
from tree_sitter import Language

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
