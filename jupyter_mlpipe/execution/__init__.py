"""Plans and runs: what has to run, where, and what came of it."""
