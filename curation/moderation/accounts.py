"""Accounts of moderators on a Label Studio: each with an own log-in and an own key.

The free server has no way to make an account with a password for somebody else; it has an
invitation link. So we sign up by that link, as the moderator would in a browser.
"""

from __future__ import annotations

import httpx

from curation.errors import LabelStudioError
from curation.moderation.label_studio import LabelStudioClient

TIMEOUT_SECONDS = 60.0


def account_key(admin: LabelStudioClient, email: str, password: str) -> str:
    """Return the key of the account with this e-mail address; it is made when there is none.

    Raises:
        LabelStudioError: the account exists with another password, the password is too weak for
            the server (fewer than 8 characters), or the server gives out no keys of this kind.
    """
    address = httpx.URL(admin.invitation())
    known = email.lower() in (name.lower() for name in admin.users().values())
    page = "/user/login/" if known else address.raw_path.decode()
    form = {"email": email, "password": password, "allow_newsletters": "false"}
    try:
        with httpx.Client(
            base_url=admin.url, follow_redirects=True, timeout=TIMEOUT_SECONDS
        ) as browser:
            browser.get(page)
            form["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
            browser.post(page, data=form, headers={"Referer": admin.url + page})
            answer = browser.get("/api/current-user/token")
            key = answer.json()["token"] if answer.status_code == 200 else None
    except httpx.HTTPError as error:
        raise LabelStudioError(
            f"Label Studio at {admin.url} did not let {email} in: {error or type(error).__name__}"
        ) from error
    if not key:
        way = "log in" if known else "sign up"
        raise LabelStudioError(
            f"Label Studio at {admin.url} did not let {email} {way}, or gives it no key: check the "
            "password (at least 8 characters) and that legacy tokens are on in the organization"
        )
    return str(key)
