"""Several toolrunners and executors at once."""
