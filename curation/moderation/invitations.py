"""Accounts for new moderators, with first passwords that are shown once and kept nowhere.

Label Studio knows its users by address. The workspace knows them by pseudonym: the keyed hash of
that address, which is the same on every server. Neither name nor address enters the database.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from curation.errors import UsageError
from curation.moderation.accounts import has_account, make_account
from curation.moderation.campaign import Campaign
from curation.privacy import moderator_pseudonym

DOMAIN = "moderators.local"  # of addresses that nobody writes to; they are log-ins
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
GROUPS, IN_GROUP = 4, 4  # 79 bits
ADDRESS = re.compile(r"[^@\s\"<>()\[\],;:\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LONGEST = 120  # characters of an address


@dataclass(frozen=True)
class Invitation:
    """What one new moderator is given; `password` is None where there was an account already."""

    name: str
    address: str
    password: str | None
    pseudonym: str


def addresses_of(names: Sequence[str], domain: str = DOMAIN) -> dict[str, str]:
    """Return the address of each name: itself where it is one, else name@domain.

    Raises:
        UsageError: a name makes no address, or two names make the same.
    """
    found: dict[str, str] = {}
    for name in names:
        plain = ".".join(name.strip().lower().split())
        address = plain if "@" in plain else f"{plain}@{domain}"
        if not ADDRESS.fullmatch(address) or not address.isascii() or len(address) > LONGEST:
            raise UsageError(
                f"{name!r} makes no address ({address}); use letters, digits, dots and hyphens, or "
                "give an address"
            )
        if address in found.values():
            raise UsageError(f"{address} is named twice")
        found[name] = address
    return found


def first_password() -> str:
    """Return a random password that can be read out and typed, such as "k7mw-2xqe-hh4v-9tcn"."""
    return "-".join(
        "".join(secrets.choice(LETTERS) for _ in range(IN_GROUP)) for _ in range(GROUPS)
    )


def invite(campaign: Campaign, name: str, address: str) -> Invitation:
    """Make an account on the campaign's server, unless there is one.

    Raises:
        LabelStudioError: the server cannot be reached, or refuses.
    """
    who = moderator_pseudonym(campaign.workspace.secret, address)
    if has_account(campaign.client, address):
        return Invitation(name, address, None, who)
    password = first_password()
    make_account(campaign.client, address, password)
    return Invitation(name, address, password, who)


def log_in_link(campaign: Campaign) -> str:
    """Return where moderators log in; it leads on to the label stream once faces were pushed."""
    project = campaign.row(campaign.workspace.database)
    to = f"/projects/{project.remote_id}/data?labeling=1" if project else "/projects/"
    return f"{campaign.client.url}/user/login/?next={quote(to, safe='/')}"
