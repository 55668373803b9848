"""Bins of a column that tell good from bad: exact, within limits, and open to a person's hand.

`prebins` cuts a column finely without looking at the outcome, `partition` joins neighbours to the best bins by dynamic
programming, `optimal` asks it for each column, `column_bins` is what comes out, `bins_yaml` its form for people.
"""
