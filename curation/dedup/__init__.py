"""Copies of one photograph: found by perceptual hash, verified by pixels, grouped, merged."""
