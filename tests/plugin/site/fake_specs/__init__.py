"""Specs that run in no time, to watch what the plugin makes of them."""
