"""The one door for a company's data, and the one clock: what the books knew at the end of a day.

Exports and tables come in here; every row is accepted, flagged, rejected or a duplicate. `known_at` cuts, `lateness`
says how late an invoice is, `books` lays whole clients out as arrays for the compiled passes, `snapshots` says on whom
and from which day one looks. It must not know a feature, a label, a model or a policy.
"""
