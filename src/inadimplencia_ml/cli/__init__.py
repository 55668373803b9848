"""The command `inadimplencia`: parses, shows progress, prints; decides nothing.

Results go to stdout, progress and messages to stderr. Exit code 0: done; 1: the data or the call is wrong, said in one
message; 2: wrong usage.
"""

from inadimplencia_ml.cli.app import main

__all__ = ["main"]
