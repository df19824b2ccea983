"""Tests of the guest's prelude, seen through the sandbox."""
