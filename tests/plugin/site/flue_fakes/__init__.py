"""Small adapters, right and wrong ones, as a distribution of somebody else would offer them."""
