"""Repeatable measurements; each prints ratios against the raw library from the same run."""
