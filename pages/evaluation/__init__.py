"""The Evaluation page: runs, two of them side by side, data sets and prompts."""
