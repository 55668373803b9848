"""What may be offered to a client: more time, instalments, charges waived, a discount; by whose authority.

An offer is made of the parts of the updated balance and of nothing else: no cost of collecting is put on it (R5), and
it asks for no right to be given up (R6). Equal clients get equal offers.
"""
