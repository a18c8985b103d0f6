"""How specs see an adapter: marks, observed databases, expectations, races and limits."""
