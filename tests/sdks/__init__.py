"""Real SDKs from npm, unmodified, in the sandbox and in Node against the same servers."""
