"""Which candidates go into a dataset version, so that nobody dominates it."""
