"""The proofs that take longer than CI may."""
