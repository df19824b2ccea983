"""Tests of how the executor fetches and reads bundles."""
