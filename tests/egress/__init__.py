"""The broker and what guards it: URLs, addresses, rules, secrets, bodies."""
