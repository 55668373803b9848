"""A look back at a model: is it made again from its ledger, and do its figures stand when others reckon them?

`reproduce` compares a model with one trained anew; `validate` reckons labels, features and metrics a second time, in
SQL that shares no code with the first, and asks what the model hangs on.
"""
