"""Domain to protobuf and back: the only package of the executor that knows its messages."""
