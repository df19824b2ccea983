"""Each provider by the facts in its documentation, spoken by one stand-in server on loopback."""
