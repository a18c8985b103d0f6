"""Times the linearizability checker."""
