"""`python -m curation` is `curate`."""

from curation.cli import app

app()
