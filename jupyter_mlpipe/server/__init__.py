"""The Jupyter server extension: what JupyterLab shows of a pipeline, over REST and events.

A thin surface, as the command line is: it reads a request, calls what stands below, and gives back facts. Runs are
processes of their own; the server only starts them and reads the ledger.
"""
