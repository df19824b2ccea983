"""The members of a class, which keep their names in bundles."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import ClassValue
from services.executor.bundle.syntax.syntax import property_name


def members_of_class(made: ClassValue) -> frozenset[str]:
    """Return the names of the members that a class gives its instances."""
    names = (
        property_name(element.key, computed=bool(element.computed))
        for element in made.node.body.body
        if element.key is not None and not element.static
    )
    return frozenset(name for name in names if name is not None)
