"""Accounts of moderators on a Label Studio: each with an own log-in and an own key.

The free server has no way to make an account with a password for somebody else; it has an
invitation link. So we sign up by that link, as the moderator would in a browser. That needs no key
of the new account, and works whatever kind of keys the server gives out: the old ones, or, with its
default security, tokens that it shows once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from curation.errors import LabelStudioError
from curation.moderation.label_studio import LabelStudioClient

TIMEOUT_SECONDS = 60.0


def account_key(admin: LabelStudioClient, email: str, password: str) -> str:
    """Return a key of the account with this e-mail address; it is made when there is none.

    Raises:
        LabelStudioError: the account exists with another password, the password is too weak for
            the server (fewer than 8 characters), or the server shows its key no more.
    """
    known = has_account(admin, email)
    with _let_in(admin, email, password, known=known) as browser:
        answer = browser.get("/api/current-user/token")
        if answer.status_code == 200 and _works(admin.url, key := str(answer.json()["token"])):
            return key
        # Default security: a token that can be had once, which the client exchanges by itself.
        answer = browser.post(
            "/api/token/",
            headers={
                "X-CSRFToken": browser.cookies.get("csrftoken") or "",
                "Referer": admin.url + "/",
            },
        )
        if answer.status_code == 201:
            return str(answer.json()["token"])
    raise LabelStudioError(
        f"Label Studio at {admin.url} gives {email} no key: take one from the account page there, "
        "or let the organization have legacy tokens"
    )


def _works(url: str, key: str) -> bool:
    """Return whether the server takes a legacy key; it shows them also where it does not."""
    headers = {"Authorization": f"Token {key}"}
    who = httpx.get(f"{url}/api/current-user/whoami", headers=headers, timeout=TIMEOUT_SECONDS)
    return who.status_code == 200


def has_account(admin: LabelStudioClient, email: str) -> bool:
    """Return whether somebody has an account with this address."""
    return email.lower() in (name.lower() for name in admin.users().values())


def make_account(admin: LabelStudioClient, email: str, password: str) -> None:
    """Make an account with this address and password.

    Raises:
        LabelStudioError: there is one already, or the server refuses the address or password.
    """
    with _let_in(admin, email, password, known=False):
        pass


@contextmanager
def _let_in(
    admin: LabelStudioClient, email: str, password: str, *, known: bool
) -> Iterator[httpx.Client]:
    """Yield a browser session of the account: logged in when it is `known`, else signed up."""
    address = httpx.URL(admin.invitation())
    page = "/user/login/" if known else address.raw_path.decode()
    form = {"email": email, "password": password, "allow_newsletters": "false"}
    try:
        with httpx.Client(
            base_url=admin.url, follow_redirects=True, timeout=TIMEOUT_SECONDS
        ) as browser:
            browser.get(page)
            form["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
            browser.post(page, data=form, headers={"Referer": admin.url + page})
            who = browser.get("/api/current-user/whoami")
            if who.status_code != 200 or who.json().get("email", "").lower() != email.lower():
                way = "log in" if known else "sign up"
                raise LabelStudioError(
                    f"Label Studio at {admin.url} did not let {email} {way}: check the address and "
                    "the password (at least 8 characters)"
                )
            yield browser
    except (httpx.HTTPError, ValueError) as error:
        raise LabelStudioError(
            f"Label Studio at {admin.url} did not let {email} in: {error or type(error).__name__}"
        ) from error
