"""`refdesk run`: the chat in the browser."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

_TOP = Path(__file__).parent.parent.parent


def run(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on; others can reach 0.0.0.0.")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the chat in the browser."""
    from streamlit.web import cli as streamlit

    arguments = [
        *("run", str(_TOP / "app.py")),
        *("--server.port", str(port), "--server.address", address),
        *("--server.headless", "false" if browser and _can_show() else "true"),
    ]
    # Streamlit reads .streamlit/config.toml from the folder that it is started in.
    os.environ.setdefault("REFDESK_CONFIG", str(Path("refdesk.toml").resolve()))
    os.environ.setdefault("REFDESK_SECRETS", str(Path(".streamlit/secrets.toml").resolve()))
    os.chdir(_TOP)
    # In this process, which has imported already what the pages need: the first page comes half a second sooner.
    streamlit.main(arguments, prog_name="streamlit")


def _can_show() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
