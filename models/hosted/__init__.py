"""Chat models on somebody else's machine, behind any server that speaks OpenAI's chat API."""

from models.hosted.address import checked_address, problems
from models.hosted.backend import HostedBackend
from models.hosted.server import HostedServer

__all__ = ["HostedBackend", "HostedServer", "checked_address", "problems"]
