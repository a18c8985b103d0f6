"""Specs of what several processes do at once on one database."""
