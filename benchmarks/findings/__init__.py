"""What was found in Flue's own adapters, each with a program that shows it without this kit."""
