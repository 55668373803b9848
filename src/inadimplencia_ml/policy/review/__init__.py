"""What can be said of a policy before it decides anything: doubts, differences, its rules of law, its words.

Nothing here takes part in a decision.
"""
