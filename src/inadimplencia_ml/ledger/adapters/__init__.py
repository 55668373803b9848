"""Other shapes of credit data as a ledger: statement panels (one row a client a month) and repayment schedules.

`panels` and `schedules` are the ways in; the others are what they stand on.
"""
