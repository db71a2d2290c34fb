"""Trains a model on a face file: what a run is told, does and leaves behind."""
