"""How fast the kit and its reference adapters are."""
