"""Scorecards: a card that a person can read, change and add up; its table, its SQL, its plain data."""
