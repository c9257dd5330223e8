"""Fetches a large file from the web, resumes what broke off, and never reaches inward.

A person gives the address, but where it leads is up to whoever runs the server. So every host on the way
is resolved here, refused unless it is out in the world, and connected to by the very address that was
checked: a second look-up could answer differently.
"""

import errno
import ipaddress
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx

Progress = Callable[[int, int | None], None]
"""Is told how many bytes are there, and of how many (None: nobody knows)."""

_TIMEOUT = httpx.Timeout(15.0, read=30.0)
_ATTEMPTS = 4
_RETRY_DELAY_S = 1.0
_REDIRECTS = 5
_SPARE_BYTES = 64 * 2**20
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class DownloadError(Exception):
    """A file cannot be fetched; the message is one sentence for the person who asked for it."""


def download(
    url: str,
    target: Path,
    *,
    progress: Progress | None = None,
    cancel: Event | None = None,
    max_bytes: int = 64 * 2**30,
) -> None:
    """Fetch `url` to `target`; what an earlier try left there is kept, and only the rest is fetched.

    HTTPS only, but for a loopback address that `url` itself names. After a failure the beginning stays in
    `target`, and beside it (`.origin`) what proves to the server that the rest belongs to it.

    Raises:
        DownloadError: it cannot be fetched, is larger than `max_bytes`, the disk is full, or `cancel` was set.
    """
    cancel = cancel or Event()
    failures = 0
    while not cancel.wait(_RETRY_DELAY_S * failures):
        before = _size(target)
        try:
            return _fetch(url, target, progress or (lambda done, total: None), cancel, max_bytes)
        except OSError as error:
            raise disk_error(error, target) from error
        except httpx.TransportError as error:
            failures = 1 if _size(target) > before else failures + 1
            if failures == _ATTEMPTS:
                host = httpx.URL(url).host
                raise DownloadError(f"The connection to {host} broke off ({error}): try again.") from error
    raise DownloadError("The download was cancelled.")


def require_room(folder: Path, size: int) -> None:
    """Make sure that `size` more bytes fit on the disk of `folder`.

    Raises:
        DownloadError: they do not.
    """
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        raise DownloadError(
            f"The file has {size / 1e6:,.0f} MB and the disk only {free / 1e6:,.0f} MB free: make room and try again."
        )


def disk_error(error: OSError, target: Path) -> DownloadError:
    """What went wrong with writing to `target`, in a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError("The disk is full: make room and try again.")
    return DownloadError(f"“{target}” cannot be written: {error.strerror}.")


def _fetch(url: str, target: Path, progress: Progress, cancel: Event, max_bytes: int) -> None:
    with _answered(url, _resuming_headers(url, target)) as response:
        done, total = _extent(response, target)
        if max(done, total or 0) > max_bytes:
            raise DownloadError(f"The file is larger than the {max_bytes / 1e6:,.0f} MB that are allowed.")
        require_room(target.parent, (total or 0) - done)
        if not done:
            target.unlink(missing_ok=True)  # first, so that old bytes never meet a new origin
            _remember_origin(url, target, response)
        with target.open("ab" if done else "wb") as file:
            progress(done, total)
            for piece in response.iter_raw():
                if cancel.is_set():
                    raise DownloadError("The download was cancelled.")
                done += len(piece)
                if done > max_bytes:
                    raise DownloadError(f"The file is larger than the {max_bytes / 1e6:,.0f} MB that are allowed.")
                file.write(piece)
                progress(done, total)
    if total is not None and done != total:
        raise httpx.RemoteProtocolError(f"{done:,} bytes came of {total:,}")
    _origin(target).unlink(missing_ok=True)


# Resuming: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5 (If-Range)


def _size(target: Path) -> int:
    return target.stat().st_size if target.exists() else 0


def _origin(target: Path) -> Path:
    return target.with_name(f"{target.name}.origin")


def _resuming_headers(url: str, target: Path) -> dict[str, str]:
    """What asks for the rest of `target`; nothing where it is not known to be a beginning of this file."""
    try:
        size, origin = _size(target), json.loads(_origin(target).read_text())
        if size and origin["url"] == url and origin["validator"]:
            return {"Range": f"bytes={size}-", "If-Range": origin["validator"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def _remember_origin(url: str, target: Path, response: httpx.Response) -> None:
    tag = response.headers.get("etag", "")
    validator = response.headers.get("last-modified", "") if not tag or tag.startswith("W/") else tag
    _origin(target).write_text(json.dumps({"url": url, "validator": validator}))


def _extent(response: httpx.Response, target: Path) -> tuple[int, int | None]:
    """How much of the file `target` keeps, and how long the whole is."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise DownloadError("The server sends the file packed, which cannot be resumed: download it yourself.")
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        place = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("content-range", ""))
        if place and int(place[1]) == _size(target):
            return int(place[1]), int(place[2])
    elif response.status_code == httpx.codes.OK:
        length = response.headers.get("content-length", "")
        return 0, int(length) if length.isdecimal() else None
    # The server gave another part than the one asked for, or has none: begin again.
    target.unlink(missing_ok=True)
    raise httpx.RemoteProtocolError("the server does not continue where it stopped")


# Reaching the server


@contextmanager
def _answered(url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    """The answer that `url` leads to, after redirects; its body is not read yet."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "refdesk"} | headers
    # Proxies of the environment would look the host up once more, out of reach of the check.
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        address, typed = _parse(url), True
        for _ in range(_REDIRECTS + 1):
            response = _send(client, address, headers, typed=typed)
            try:
                if not response.has_redirect_location:
                    _check_status(response, address.host)
                    yield response
                    return
                address, typed = _parse(str(address.join(response.headers["location"]))), False
            finally:
                response.close()
    raise DownloadError(f"{httpx.URL(url).host} redirects more than {_REDIRECTS} times.")


def _parse(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise DownloadError(f"“{url}” is not a web address.") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise DownloadError(f"“{url}” is not a web address.")
    return address


def _send(client: httpx.Client, address: httpx.URL, headers: dict[str, str], *, typed: bool) -> httpx.Response:
    """Ask the server, at an address that was checked; `typed`: the person named this host themselves."""
    loopback = typed and _names_loopback(address.host)
    if address.scheme != "https" and not loopback:
        raise DownloadError(f"“{address.host}” is not reached by https://, so the file could be exchanged on its way.")
    addresses = _checked_addresses(address.host, loopback=loopback)
    for at, ip in enumerate(addresses):
        request = client.build_request(
            "GET",
            address.copy_with(host=ip),
            headers=headers | {"Host": address.netloc.decode("ascii")},
            extensions={"sni_hostname": address.host},  # the certificate is still the name's
        )
        try:
            return client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if at == len(addresses) - 1:
                raise
    raise AssertionError("a host has at least one address")


def _check_status(response: httpx.Response, host: str) -> None:
    status = response.status_code
    if response.is_success or status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise DownloadError(f"{host} gives the file only to people it knows ({status}): download it yourself.")
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise DownloadError(f"{host} has no such file ({status}): check the address.")
    raise DownloadError(f"{host} cannot give the file ({status} {response.reason_phrase}): try again later.")


def _checked_addresses(host: str, *, loopback: bool) -> Sequence[str]:
    """Addresses of `host`, all of them outside; or all of them this machine, where `loopback` was asked for."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadError(f"There is no server “{host}”.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        ip = _embedded(ipaddress.ip_address(address))
        if not (ip.is_loopback if loopback else _is_outside(ip)):
            raise DownloadError(f"“{host}” leads into this network ({address}), where nothing is fetched from.")
    return addresses


def _names_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_outside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def _embedded(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
