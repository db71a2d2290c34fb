"""Face classifiers that work for everyone, and the proof of it."""

__version__ = "0.1.0"
