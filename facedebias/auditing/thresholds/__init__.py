"""Thresholds of a model and of groups: where they are set and what they make equal."""
