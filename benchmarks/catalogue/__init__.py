"""What the catalogue of specs costs on an adapter: `python -m benchmarks.catalogue`."""
