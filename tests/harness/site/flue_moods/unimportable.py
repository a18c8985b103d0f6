"""An adapter that cannot be imported."""

raise RuntimeError("this import fails on purpose")
