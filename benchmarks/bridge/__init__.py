"""Times calls and workers of the bridge."""
