"""Specs that kill or stop processes and look at what they leave."""
