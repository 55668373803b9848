"""What a whole book tells: moves between buckets, vintages, what is recovered of defaults, and the loss to expect.

Aggregates of the past as known on one day. They feed no model: this room knows neither features nor labels.
"""
