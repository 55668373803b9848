"""What is said to a client, and what a person or a chatbot is given to say it: texts as data, checked, rendered.

The library renders; whoever sends, sends. No text names a profile, threatens, or speaks of a delay that is none.
"""
