"""Untrusted JSON Schemas: what they may cost, and where they are compiled and checked."""
