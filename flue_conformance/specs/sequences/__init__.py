"""Specs of what calls return in sequences that nobody thought of, as the model tells it."""
