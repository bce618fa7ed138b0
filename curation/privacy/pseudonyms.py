"""Pseudonyms: who posted and who voted is known by keyed hashes only."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from curation.errors import WorkspaceError

SECRET_BYTES = 32


def pseudonym(secret: bytes, kind: str, identity: str) -> str:
    """Return 32 hexadecimal digits for `identity`: HMAC-SHA-256 under the workspace's secret.

    `kind` ("author", "moderator") separates the name spaces. Without the secret nobody can test
    whether a known person is among the pseudonyms.
    """
    message = f"{kind}\0{identity}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]


def author_pseudonym(secret: bytes, kind: str, author: str) -> str:
    """Return the pseudonym of an author by the source's own id of them.

    The same id at two kinds of source ("mastodon", "flickr") is two people; in two manifests it
    is one.
    """
    return pseudonym(secret, "author", f"{kind}:{author}")


def moderator_pseudonym(secret: bytes, address: str) -> str:
    """Return the pseudonym of a moderator by e-mail address: the same on every server."""
    return pseudonym(secret, "moderator", address.lower())


def write_secret(path: Path) -> None:
    """Make a new random secret in a file that only its owner can read."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")


def read_secret(path: Path) -> bytes:
    """Return the secret of a workspace.

    Raises:
        WorkspaceError: the file is missing or is not a secret.
    """
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise WorkspaceError(
            f"the secret {path} is missing; without it authors cannot be recognised: "
            "put it back from your backup"
        ) from None
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"the secret {path} cannot be read: {error}") from None
    if len(secret) != SECRET_BYTES:
        raise WorkspaceError(f"the secret {path} does not have {SECRET_BYTES} bytes")
    return secret
