"""Facts known at the end of a day, one row a client and one an open title: all that a policy may know of a client.

It reads the ledger and nothing else. It knows no policy, no score and nothing of what came after the day; whoever adds
a fact here adds its column and meaning to `inadimplencia_ml.tables`.
"""

from inadimplencia_ml.cases.build import Cases, build_cases

__all__ = ["Cases", "build_cases"]
