"""The reference adapters beside their bare drivers: `python -m benchmarks.adapters`.

A scenario is one call through the public contract, or a few. What the call sends to its driver is
recorded and sent again, by the driver alone, to an equally filled database: the same statements
with the same values in the same transactions. The ratio of the two times is what SQLAlchemy, the
hop to a thread, JSON and the contract's checks cost.
"""
