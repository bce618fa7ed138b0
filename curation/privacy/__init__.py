"""People's privacy: pseudonyms, what was erased and may not return, and erasure itself.

`pseudonyms` and `tombstones` are asked at the door by the rooms that take something in. `erasure`
reaches into every room; what it does in each of them lives there.
"""

from curation.privacy.pseudonyms import (
    author_pseudonym,
    moderator_pseudonym,
    pseudonym,
    read_secret,
    write_secret,
)

__all__ = [
    "author_pseudonym",
    "moderator_pseudonym",
    "pseudonym",
    "read_secret",
    "write_secret",
]
