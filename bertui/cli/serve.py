"""``bertui app``: start the app in the browser."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command()
@click.option("--port", default=8501, show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True, envvar="STREAMLIT_SERVER_ADDRESS",
              help="Address to listen on; 0.0.0.0 stands for all of this machine.")  # fmt: skip
@click.option("--host", "names", multiple=True, metavar="NAME", envvar="STREAMLIT_SERVER_ALLOWED_HOSTS",
              help="Name by which browsers reach the app; give it several times for several.")  # fmt: skip
@click.option("--workspace", type=click.Path(path_type=Path), help="Folder with tables and runs.")
def app(port: int, address: str, names: tuple[str, ...], workspace: Path | None) -> None:
    """Start the app in the browser."""
    from bertui.ui.server.hosts import allowed_hosts, url

    hosts = allowed_hosts(address, names)
    if workspace is not None:
        os.environ["BERTUI_WORKSPACE"] = str(workspace.expanduser().resolve())
    os.environ.setdefault("BERTUI_WORKSPACE", str(Path("workspace").resolve()))
    click.echo(f"bertui is at {url(address, hosts, port)}  (stop with Ctrl-C)", err=True)
    from bertui.ui.server.serving import serve

    serve(port, address, hosts)
