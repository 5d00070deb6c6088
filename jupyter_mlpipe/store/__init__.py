"""Bytes that never change: blobs, codecs, signed manifests, stage keys.

Not for facts about runs (the ledger holds those) and not for deciding what runs (the plan does).
"""
