"""Conversations: each person's own, with branches, kept until they are deleted."""

from assistant.conversations.conversation import Choices, Conversation, KeptTurn, Vote
from assistant.conversations.markdown import to_markdown
from assistant.conversations.store import Conversations, UnknownConversation

__all__ = ["Choices", "Conversation", "Conversations", "KeptTurn", "UnknownConversation", "Vote", "to_markdown"]
