"""The wing that says what to do: a policy in a file, and the engine that applies it to every client at once.

It is given tables (cases, titles, scores) and returns a plan: what to do, why, and what was held back by which rule.
It must not know the ledger, the features, the models or what happened afterwards; no number of a policy stands in code.
A safeguard only closes what was open, and an escalation is only ever proposed: a person decides.
"""
