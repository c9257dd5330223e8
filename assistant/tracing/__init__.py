"""Turns and votes on their way to Langfuse: written down with the message itself, sent when Langfuse takes them."""

from assistant.tracing.outbox import Outbox, Waiting
from assistant.tracing.sender import Sender
from assistant.tracing.trace import trace_of

__all__ = ["Outbox", "Sender", "Waiting", "trace_of"]
