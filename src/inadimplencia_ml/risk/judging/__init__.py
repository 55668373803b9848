"""The parts of a judgement, a concept a file: each takes the judged rows and gives one table.

`rows.py` holds what all read; the file above this folder, `judgement.py`, puts the tables together.
"""
