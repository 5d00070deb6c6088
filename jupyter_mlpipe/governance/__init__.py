"""Who may decide what, and what is kept for how long. Not for costs (``costs``) or alerts (``monitoring``)."""
