"""The settings of a run as flags, files and notes have them."""
