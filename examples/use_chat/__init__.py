"""A chat in the browser: a bridge from ``useChat`` of the AI SDK to ``ExecuteAgent``."""
