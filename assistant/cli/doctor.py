"""`refdesk doctor`: what is configured, what works, what to do about what does not."""

from dataclasses import asdict

import typer

from assistant.cli.output import Json, print_json
from assistant.doctor import examine
from assistant.settings import load_settings

_SIGNS = {"ok": "✓", "warning": "!", "broken": "✗"}


def doctor(json: Json = False) -> None:
    """Check every part of the desk and say what to do about what does not work."""
    findings = []
    for finding in examine(load_settings()):
        findings.append(finding)
        if not json:
            print(f"{_SIGNS[finding.state]} {finding.part}: {finding.says}")
            if finding.remedy:
                print(f"    {finding.remedy}")
    if json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)
