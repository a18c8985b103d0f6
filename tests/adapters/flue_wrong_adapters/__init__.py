"""Adapters that break one rule each, and correct ones that look odd: the proof that specs bite.

`broken` has one module an area, `unusual` the correct ones. Each is the smallest change of a
reference adapter that does it: a wrapper of one surface. `FLUE_ADAPTER_GROUP=flue.adapters.test`
makes them known by name: `pytest --flue-adapter=broken:a-second-claim-takes-over`.
"""
