"""Specs that take the power away, or let the disk fail."""
