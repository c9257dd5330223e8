"""Placeholder."""
from typing import Any
class HostedBackend:
    def __init__(self, **k: Any) -> None: ...
    def models(self) -> list[str]: return []
