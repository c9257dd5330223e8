"""Write constraints.txt from what is installed in .venv, at versions that every supported Python can take.

python -m setup.constraints
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable

from setup.install import ENVIRONMENT, ROOT

OLDEST_PYTHON, NEWEST_PYTHON = "3.11.0", "3.13"

HEADER = """\
# The versions refdesk is built and tested with. Written by `make constraints`; docs/install.md says how.
"""


def main() -> int:
    """Freeze, adapt and write the pins; print each that had to be lowered."""
    pins = read_pins(_pip("freeze", "--exclude-editable"))
    for python in (OLDEST_PYTHON, NEWEST_PYTHON):
        pins = _lower(pins, python)
    (ROOT / "constraints.txt").write_text(HEADER + write_pins(pins), encoding="utf-8")
    print(f"constraints.txt: {len(pins)} versions")
    return 0


def read_pins(frozen: str) -> dict[str, str]:
    """Read the output of `pip freeze` as versions by name.

    Local version labels (`2.13.0+cpu`) name one machine's build and are cut off; what was installed from a path or an
    address is left out.
    """
    lines = (line.split("==") for line in frozen.splitlines() if re.fullmatch(r"[\w.-]+==[^ ]+", line))
    return {name: version.partition("+")[0] for name, version in lines}


def write_pins(pins: dict[str, str]) -> str:
    """Write versions by name as lines of a constraints file, sorted without regard to case."""
    return "".join(f"{name}=={pins[name]}\n" for name in sorted(pins, key=str.lower))


def _lower(pins: dict[str, str], python: str) -> dict[str, str]:
    """Replace each version that does not install on this Python by the newest that does."""
    pins = dict(pins)
    while (name := _not_installable(pins, python)) is not None:
        report = _resolve([name], python)
        found = re.search(rf"Would install {re.escape(name)}-(\S+)", report.stdout, re.IGNORECASE)
        if found is None:
            raise SystemExit(f"No version of {name} installs on Python {python}: {report.stderr.strip()}")
        print(f"{name}: {pins[name]} does not install on Python {python}, {found[1]} does")
        pins[name] = found[1]
    return pins


def _not_installable(pins: dict[str, str], python: str) -> str | None:
    outcome = _resolve([f"{name}=={version}" for name, version in pins.items()], python)
    if outcome.returncode == 0:
        return None
    found = re.search(r"No matching distribution found for ([\w.-]+)==", outcome.stderr)
    if found is None:
        raise SystemExit(f"pip could not look the versions up for Python {python}: {outcome.stderr.strip()}")
    return found[1]


def _resolve(requirements: Iterable[str], python: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as nowhere:
        options = ["--dry-run", "--no-deps", "--ignore-installed", "--python-version", python, "--target", nowhere]
        return _run("install", *options, *requirements)


def _pip(*arguments: str) -> str:
    outcome = _run(*arguments)
    if outcome.returncode != 0:
        raise SystemExit(f"pip {arguments[0]} failed: {outcome.stderr.strip()}")
    return outcome.stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ENVIRONMENT / "bin/python"), "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
