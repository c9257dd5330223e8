"""The Models page: the lab."""
