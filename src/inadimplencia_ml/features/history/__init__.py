"""Families of features beyond the fixed list: each file one family, over a client's history as known on a day.

`view` shows a client on one day, `walk` goes over all snapshots once and lets every wanted family write its columns.
`months` looks at month ends, `methods`, `outreach`, `groups` and `macro` read other tables than the invoices.
"""
