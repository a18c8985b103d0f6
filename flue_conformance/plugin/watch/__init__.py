"""Sees to it that no adapter hangs a run, ends it unseen, floods it or makes it lie.

`supervision` is what the plugin registers. A `watchdog` thread interrupts what is stuck; a
`witness` process reads the `blackbox` of one that died and writes its `obituary`.
"""
