"""The command line: it parses, calls, and shows. Not for logic: what a command does lives in the layers below.

``main`` holds the table of commands; each command is one file with ``configure`` (its options) and ``execute``.
"""
