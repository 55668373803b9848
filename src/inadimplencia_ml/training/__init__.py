"""Ledger -> model: snapshots and labels, fit, judge out of time, keep. The one room that sees both sides of a cut."""
