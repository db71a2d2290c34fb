"""Predictions made elsewhere: files with a score, a label and group attributes."""
