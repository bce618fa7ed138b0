"""Dataset versions: splits, manifest, shards, and the build that makes them."""
