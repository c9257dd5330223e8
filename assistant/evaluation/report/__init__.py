"""Runs as one HTML page that needs nothing else: no script, no server, no network."""

from assistant.evaluation.report.report import comparison_report, marked, run_report, verdict, write_report

__all__ = ["comparison_report", "marked", "run_report", "verdict", "write_report"]
