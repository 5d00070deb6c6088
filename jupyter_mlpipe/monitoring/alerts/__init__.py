"""Alerts to those who answer for a stage or a model.

::

    rules (facts that are worth an alert) ──> ledger: one open alert for equal findings
    routing (whom, when, silences, levels) ──> outbox: one message for a notification, a level and a channel
    delivery (apprise) <── watch (a light process, one for a ledger)
    desk (look, acknowledge, silence) ──> ledger

Importing this loads none of it.
"""
