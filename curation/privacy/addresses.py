"""Web addresses as one and the same, however they were copied."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

# Parameters that say who shared a link, not what it leads to.
SHARING = frozenset({"fbclid", "gclid", "igsh", "igshid", "mc_cid", "mc_eid", "ref_src", "si"})
PORTS = {"http": 80, "https": 443}


def is_web(address: str) -> bool:
    """Return whether this is an http(s) address."""
    return address.lower().startswith(("http://", "https://"))


def canonical(url: str) -> str:
    """Return an http(s) address without what does not matter to where it leads.

    Scheme, "www.", fragment, a slash at the end, the default port and sharing parameters go; the
    host is in lower case, parameters are sorted. What is no http(s) address stays as it is.
    """
    url = url.strip()
    if not is_web(url):
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    if port is not None and port != PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    query = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in SHARING and not name.lower().startswith("utm_")
    )
    path = parts.path.rstrip("/")
    return f"{host}{path}?{urlencode(query)}" if query else f"{host}{path}"
