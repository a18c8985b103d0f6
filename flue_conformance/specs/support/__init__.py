"""What specs are written with: marks, observed adapters, expectations, values and steps."""
