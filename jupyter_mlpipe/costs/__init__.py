"""What runs cost: prices, budgets, estimates, reports. Not for measuring what they use (``execution.metering``)."""
