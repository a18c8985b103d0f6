"""Flue's own code on the Python reference adapters, through `flue-remote-adapter`."""
