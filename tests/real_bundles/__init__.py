"""Bundles that a real bundler makes from real packages, for tests that need them."""
