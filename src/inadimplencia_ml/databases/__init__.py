"""A ledger from the tables of a database, and scores and decisions into it: one row a key, however often a run is
repeated."""
