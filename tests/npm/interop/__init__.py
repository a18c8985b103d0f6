"""One database, two languages: Flue's own adapters from npm beside the reference adapters."""
