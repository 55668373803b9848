"""Says what will happen: models of default, their calibration, their reasons, their judgement, their form on disk.

In come plain tables of features and outcomes; out go probabilities, contributions and figures.
This wing must not know the ledger, how a feature is built, how an outcome is labelled, or what the policy does with a
score: everything it needs of them comes in as an argument. Import what you need from its files.
"""
