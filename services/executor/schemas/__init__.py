"""JSON Schemas of strangers: what they may cost, and where they are compiled and checked."""
