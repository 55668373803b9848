"""What a data scientist looks at before a model is fitted: ranks among peers, stability, information, trend.

Tables and one transformer over columns of numbers; no ledger is known here, and no model.
"""
