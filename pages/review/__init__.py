"""The Review page: turns that are worth a look become rows to learn from."""
