"""What things cost: the catalogue of specs, and the reference adapters beside the bare driver."""
