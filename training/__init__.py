"""Train a gender and age network on a dataset manifest, and benchmark it."""
