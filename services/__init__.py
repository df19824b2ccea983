"""Caisson's services and its command.

gRPC reads the variable below when it is imported, whichever module of ours does so first. The lines
that its C core writes to the error stream have a format of their own, and every error that matters
is raised as an exception too. Set the variable to ``ERROR`` or ``DEBUG`` to see them.
"""

import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
