"""Specs that take power, connections or servers away."""
