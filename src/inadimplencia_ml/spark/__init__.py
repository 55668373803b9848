"""Features, scores and decisions on Spark: the clients of a ledger are brought together, and computed as everywhere."""
