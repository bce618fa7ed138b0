"""Faces in images: where they are, how good they are, and their aligned crops."""
