"""Models that somebody else fitted, and scores that somebody else told, as risk models of ours.

`engines` says what such a model gives: a raw number a row, contributions where they are exact, and its form on disk;
`classifier` puts the raw number on our log-odds by later data. Libraries of other houses are imported when a model of
theirs is handed in or read, never before.
"""
