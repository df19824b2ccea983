"""Whole projects of agents with the packages that they use, in the sandbox and in Node."""
