"""The JSON that goes over the wire, as frozen dataclasses: OpenAPI and the front end's types are generated from them.

Paths are *contents paths*: relative to the Jupyter server's root, with ``/``. Times are seconds since the epoch,
durations seconds, sizes bytes. Not for what the ledger or the planner know: those have values of their own.
"""
