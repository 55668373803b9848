"""Features of one's own: windowed aggregates by declaration, and columns by a Python function or a SQL query.

Declared ones are data: they are written in one compiled pass and kept whole in a model. Coded ones are run over the
facts known on a day, never once a row; a model keeps their digest, and the caller hands the code in again.
"""
