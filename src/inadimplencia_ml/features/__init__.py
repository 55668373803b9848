"""What can be said of a client, or of an invoice at issue, on a day: one row of features a snapshot, and their audit.

`build` gathers the columns, `sweep` is the compiled pass that computes the fixed ones, `audit` shows that none reads
what was not known. What a feature means stands in `inadimplencia_ml.catalog`. It must not know what came after the day,
a model, or a policy.
"""
