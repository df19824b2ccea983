"""Strategies for protobuf messages: every field of every kind, at random or as a test wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

Wanted: TypeAlias = Mapping[str, st.SearchStrategy[Any]]

TEXTS = st.one_of(
    st.sampled_from(["", "1", "{}", "{", "null", "NaN", "[" * 5000, "\0", "x" * 5000, "\ud7ff"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_STRING: TEXTS,
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=100),
    FieldDescriptor.TYPE_ENUM: st.integers(-1, 20),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    FieldDescriptor.TYPE_INT32: st.sampled_from([0, 1, -1, 2**31 - 1, -(2**31)]),
    FieldDescriptor.TYPE_INT64: st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]),
    FieldDescriptor.TYPE_SINT64: st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]),
    FieldDescriptor.TYPE_UINT32: st.sampled_from([0, 1, 2, 1000, 2**31, 2**32 - 1]),
    FieldDescriptor.TYPE_UINT64: st.sampled_from([0, 1, 2, 10**6, 2**32, 2**63, 2**64 - 1]),
}


def messages(descriptor: Any, wanted: Wanted) -> st.SearchStrategy[Message]:
    """Return messages of a type with any of their fields set, and at most one of each oneof.

    ``descriptor`` is a message's, of either of protobuf's two kinds of them; ``wanted`` gives
    the values of fields by their names, such as ``work_id``.
    """
    return st.fixed_dictionaries(
        {}, optional={field.name: values(field, wanted) for field in descriptor.fields}
    ).map(lambda fields: GetMessageClass(descriptor)(**fields))


def one_of_each(descriptor: Any, wanted: Wanted) -> st.SearchStrategy[Message]:
    """Return messages of a type with exactly one field set, each field as often."""
    made = GetMessageClass(descriptor)

    def holding(field: FieldDescriptor) -> st.SearchStrategy[Message]:
        return values(field, wanted).map(lambda value: made(**{field.name: value}))

    return st.one_of(*(holding(field) for field in descriptor.fields))


def values(field: FieldDescriptor, wanted: Wanted) -> st.SearchStrategy[Any]:
    """Return values for a field."""
    if field.name in wanted:
        return wanted[field.name]
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        key, value = (values(message.fields_by_name[each], wanted) for each in ("key", "value"))
        return st.dictionaries(key, value, max_size=3)
    one = messages(message, wanted) if message is not None else SCALARS[field.type]
    return st.lists(one, max_size=3) if field.is_repeated else one
