"""The UI message stream, read by the AI SDK's own readers in Node."""
