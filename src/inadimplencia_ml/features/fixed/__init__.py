"""The fixed list: columns every feature table has, in one compiled pass over running totals.

`columns` names them, `running` keeps a client's totals as days go forward, `look` reads a snapshot from them,
`month_ends` the worst days past due at month ends; `sweep` is the pass.
"""
