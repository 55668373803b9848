"""Ledger -> model: snapshots and labels, fit, judge out of time, keep. The one room that sees both sides of a cut.

`samples` gathers what may be learned from at a cut, `train` fits, judges and keeps, `settings` is what a data scientist
may choose. Nothing known after the cut may enter; what the policy does with a score it must not know.
"""
