"""When an open invoice will be paid: hazards day by day, curves made of them, cash expected of curves, their judgement.

Plain tables come in, as everywhere in `risk`: who is open since when is told by the rooms that know the ledger.
"""
