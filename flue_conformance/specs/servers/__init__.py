"""Specs that take connections, servers and hosts away."""
