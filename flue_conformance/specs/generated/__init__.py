"""Sequences of calls that nobody thought of, made beside the model."""
