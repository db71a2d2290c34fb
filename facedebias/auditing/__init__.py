"""Measures any exported model on faces by group; imports nothing of how models are made."""
