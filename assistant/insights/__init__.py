"""Insights: what people ask, how it went, and what went wrong."""

from assistant.insights.insights import Insights
from assistant.insights.selection import Selection

__all__ = ["Insights", "Selection"]
