"""Domain to protobuf and back: the only place of the executor that knows its messages."""
