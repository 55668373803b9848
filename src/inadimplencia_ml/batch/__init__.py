"""A book that is larger than memory, scored and decided part by part; each part is written whole or not at all."""

RESULTS = "inadimplencia_ml results"
"""Kind of a folder of scores and decisions, as its manifest says it."""
