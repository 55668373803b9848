"""What a client may ask of us: a review by a person, all that is held on them, to be forgotten.

Each is a set of functions over the folders of a ledger and of its results, and a verb of the command.
"""
