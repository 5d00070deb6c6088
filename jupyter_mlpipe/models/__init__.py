"""What decides about models: gates on a stage's numbers."""
