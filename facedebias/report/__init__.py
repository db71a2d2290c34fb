"""Tells people and programs what an audit found."""
