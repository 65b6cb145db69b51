"""Which names a browser may use for the app: this machine's own, and those that are named with another address."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bertui.errors import UserError
from bertui.ui.server.hosts import LOOPBACK, allowed_hosts, url

LOCAL = ["localhost", "127.0.0.1", "::1"]


def test_the_configuration_names_this_machine_alone() -> None:
    """It is what `streamlit run app.py` obeys."""
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())
    assert config["server"]["allowedHosts"] == LOCAL == list(LOOPBACK)


@pytest.mark.parametrize(
    ("address", "names", "allowed"),
    [
        ("127.0.0.1", (), []),
        ("localhost", (), []),
        ("::1", (), []),
        ("127.0.0.5", (), ["127.0.0.5"]),
        ("127.0.0.1", ("Lab.Example.org.",), ["lab.example.org"]),  # behind a proxy on the same machine
        ("192.168.1.7", (), ["192.168.1.7"]),
        ("192.168.1.7", ("lab", "lab"), ["192.168.1.7", "lab"]),
        ("0.0.0.0", ("lab.example.org", "10.0.0.2"), ["lab.example.org", "10.0.0.2"]),
        ("::", ("[2001:DB8::1]", "*.example.org"), ["2001:db8::1", "*.example.org"]),
    ],
)
def test_hosts_of_an_address(address: str, names: tuple[str, ...], allowed: list[str]) -> None:
    assert allowed_hosts(address, names) == [*LOCAL, *allowed]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "0:0::0"])
def test_all_addresses_need_a_name(address: str) -> None:
    with pytest.raises(UserError, match=r"--host lab\.example\.org"):
        allowed_hosts(address)


@pytest.mark.parametrize(
    "name", ["", "*", "*.", "http://lab", "lab:8501", "lab/app", "a lab", "lab..org", "me@lab", "-x"]
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="is no host name"):
        allowed_hosts("0.0.0.0", ["lab", name])


@pytest.mark.parametrize("address", ["", "lab.example.org", "127.0.0.1:80", "256.0.0.1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UserError, match="is no address to listen on"):
        allowed_hosts(address, ["lab"])


@pytest.mark.parametrize(
    ("address", "names", "shown"),
    [
        ("127.0.0.1", (), "http://127.0.0.1:80"),
        ("::1", (), "http://[::1]:80"),
        ("0.0.0.0", ("*.b.org", "lab.b.org"), "http://lab.b.org:80"),
        ("0.0.0.0", ("*.b.org",), "http://127.0.0.1:80"),
        ("192.168.1.7", ("lab",), "http://192.168.1.7:80"),
    ],
)
def test_url_that_is_shown(address: str, names: tuple[str, ...], shown: str) -> None:
    assert url(address, allowed_hosts(address, names), 80) == shown
