"""Where a server is, and whether it is safe to send a key there."""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

_HOST = re.compile(r"[^\s\x00-\x20\x7f/?#@\\%]+")


def checked_address(base_url: str) -> str:
    """`base_url` without spaces around it and slashes at its end.

    Raises:
        ValueError: it is not an address that a key can be sent to; one sentence.
    """
    address = base_url.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not address.isprintable():
        raise ValueError("It must be the address of a server, such as https://api.example.com/v1.")
    if "@" in parts.netloc:
        raise ValueError("It must not hold a name or password: the key has a setting of its own, hosted.api_key.")
    if parts.query or parts.fragment:
        raise ValueError("It must end with the path, such as /v1: leave out what follows “?” or “#”.")
    return address.rstrip("/")


def problems(base_url: str) -> list[str]:
    """What is unsafe about sending a key to a `base_url` that is sound otherwise, each in a sentence.

    Looks the host's name up.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" or _is_inside(host):
        return []
    return [f"The key and the questions travel to “{host}” unencrypted: use https:// in hosted.base_url."]


def is_loopback(host: str) -> bool:
    """Whether a host's name says that it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_inside(host: str) -> bool:
    """Whether a host is this machine or one of its own network."""
    if is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
