"""Metrics, their intervals, and what can be said of differences between groups."""
