"""The invoice a snapshot is about: its fields, the batch of its day, its amount and term against the client's past.

`invoice` gives the columns; `invoice_walk` finds them for usual clients, `invoice_sweep` for those so large that a walk
a snapshot would be their square. `asked`, `large_client` and `fenwick` serve every pass over invoices.
"""
