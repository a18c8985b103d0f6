"""Specs of what several clients see at once: some order of their calls explains it."""
