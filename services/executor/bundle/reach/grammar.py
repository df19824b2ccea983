"""Numbers of the node kinds of the JavaScript grammar, looked up once: comparing them is cheap."""

from __future__ import annotations

from services.executor.bundle.index.language import LANGUAGE


def kind(name: str) -> int:
    """Return the number of a named node kind; raises LookupError when the grammar has none."""
    number = LANGUAGE.id_for_node_kind(name, True)
    if not number:
        raise LookupError(f"the grammar has no node `{name}`")
    return number


def kinds(names: str) -> frozenset[int]:
    """Return the numbers of several space-separated node kinds."""
    return frozenset(kind(name) for name in names.split())


IDENTIFIER = kind("identifier")
SHORTHAND = kind("shorthand_property_identifier")
SHORTHAND_TARGET = kind("shorthand_property_identifier_pattern")
PROPERTY_NAME = kind("property_identifier")
MEMBER = kind("member_expression")
SUBSCRIPT = kind("subscript_expression")
PARENTHESES = kind("parenthesized_expression")
SEQUENCE = kind("sequence_expression")
CALL = kind("call_expression")
NEW = kind("new_expression")
ARRAY = kind("array")
ARGUMENTS = kind("arguments")
IMPORT = kind("import")
META = kind("meta_property")
STRING = kind("string")
TEMPLATE = kind("template_string")
SUBSTITUTION = kind("template_substitution")
SPREAD = kind("spread_element")
NUMBER = kind("number")
UNARY = kind("unary_expression")
BINARY = kind("binary_expression")
TERNARY = kind("ternary_expression")
AWAIT = kind("await_expression")
OBJECT = kind("object")
PAIR = kind("pair")
ASSIGNMENT = kind("assignment_expression")
ASSIGNMENTS = kinds("assignment_expression augmented_assignment_expression")
DECLARATOR = kind("variable_declarator")
VAR = kind("variable_declaration")
LEXICAL = kinds("lexical_declaration using_declaration")
VARIABLES = LEXICAL | {VAR}
OBJECT_PATTERN = kind("object_pattern")
ARRAY_PATTERN = kind("array_pattern")
PAIR_PATTERN = kind("pair_pattern")
REST_PATTERN = kind("rest_pattern")
DEFAULT_PATTERNS = kinds("assignment_pattern object_assignment_pattern")
ARROW = kind("arrow_function")
METHOD = kind("method_definition")
NAMED_FUNCTIONS = kinds("function_declaration generator_function_declaration")
FUNCTION_EXPRESSIONS = kinds("function_expression generator_function")
FUNCTIONS = NAMED_FUNCTIONS | FUNCTION_EXPRESSIONS | {ARROW, METHOD}
CLASS_DECLARATION = kind("class_declaration")
CLASS = kind("class")
BLOCK = kind("statement_block")
SWITCH_BODY = kind("switch_body")
FOR = kind("for_statement")
FOR_IN = kind("for_in_statement")
CATCH = kind("catch_clause")
IF = kind("if_statement")
TRY = kind("try_statement")
CONDITIONS = kinds("if_statement switch_statement while_statement do_statement")
STATEMENT = kind("expression_statement")
IMPORT_STATEMENT = kind("import_statement")
EXPORT_STATEMENT = kind("export_statement")
PROGRAM = kind("program")
DECLARATIONS = NAMED_FUNCTIONS | VARIABLES | {CLASS_DECLARATION}
# Nodes that hold no names to look up.
LEAVES = kinds(
    "property_identifier private_property_identifier statement_identifier string number regex this "
    "super true false null undefined comment meta_property import debugger_statement "
    "empty_statement"
)
