"""The tests of Caisson."""
