"""Under which names a browser may speak to the app.

A page of another site can let its own name point at this machine (DNS rebinding); the browser then takes the app for a
part of that site. Its requests carry that name as their host, so the app answers only to names that it knows.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from bertui.errors import UserError

LOOPBACK = ("localhost", "127.0.0.1", "::1")  # the same as allowedHosts in .streamlit/config.toml
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)


def allowed_hosts(address: str, names: Sequence[str] = ()) -> list[str]:
    """Return the names that requests may carry, for an app that listens on ``address``.

    Args:
        address: An IP address of this machine, "0.0.0.0" or "::" for all of them, or "localhost".
        names: Further names by which browsers reach it; "*.example.org" stands for all below example.org.

    Raises:
        UserError: no such address or name, or an app for other machines that is given no name.
    """
    named = [_checked(name) for name in names]
    listened = _ip(address)
    if listened is None or listened.is_loopback:
        own = [] if listened is None else [str(listened)]
    elif not listened.is_unspecified:
        own = [str(listened)]  # people type it, and a name that was made to point here is still refused
    elif named:
        own = []
    else:
        raise UserError(
            f"The app is to listen on {address}, where other machines reach it, and no host name is given.",
            expected="It answers only to names that it is told, so that no other site can pass itself off as the app.",
            remedy="Add --host with the name or IP address that people type into the browser, for example "
            "--host lab.example.org; give it once for each.",
        )
    return list(dict.fromkeys([*LOOPBACK, *own, *named]))


def keep_address_private() -> None:
    """Keep Streamlit from asking checkip.amazonaws.com which address this machine has on the internet.

    It asks when it listens on all addresses, and whenever a page of another site tries to connect; no setting of it
    prevents that. The answer would only let in pages from that address, and names are given with --host instead.
    """
    from streamlit import net_util

    net_util.get_external_ip = lambda: None


def url(address: str, hosts: Sequence[str], port: int) -> str:
    """Return what people type into the browser."""
    listened = _ip(address)
    host = address
    if listened is not None and listened.is_unspecified:
        host = next((name for name in hosts if name not in LOOPBACK and "*" not in name), LOOPBACK[1])
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that is written; None for localhost."""
    if address.lower() == "localhost":
        return None
    try:
        return ipaddress.ip_address(address)
    except ValueError as error:
        raise UserError(
            f"{address[:60]!r} is no address to listen on.",
            expected="An IP address of this machine is expected, 0.0.0.0 for all of them, or localhost.",
            remedy="Give host names with --host instead.",
        ) from error


def _checked(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    if _NAME.fullmatch(name):
        return name.lower().rstrip(".")
    raise UserError(
        f"{name[:60]!r} is no host name.",
        expected="A name without 'http://', port and path is expected, such as lab.example.org, or an IP address.",
        remedy="Give each name by a --host of its own.",
    )
