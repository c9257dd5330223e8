"""From start to the first page, and what that imports: `python -m benchmarks.startup`."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import sync_playwright

_RUNS = 5


def main() -> None:
    """Run it."""
    seconds = [_first_page_s() for _ in range(_RUNS + 1)][1:]
    print(f"start to first page drawn: median {statistics.median(seconds):.2f} s of {_RUNS} (goal under 3 s)")


def _first_page_s() -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chromium = os.environ.get("REFDESK_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        began = time.perf_counter()
        command = [sys.executable, "-m", "assistant", "run", "--no-browser", "--port", str(port)]
        server = subprocess.Popen(command, env=os.environ | {"REFDESK_HOME": home}, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            page.goto(f"http://127.0.0.1:{port}")
            page.get_by_text("Ask your documents").wait_for()
            return time.perf_counter() - began
        finally:
            server.terminate()
            server.wait()
            browser.close()


def _wait_for(port: int) -> None:
    """Until the server listens; a Chromium that is refused is busy with its own error page for half a second."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return


if __name__ == "__main__":
    main()
