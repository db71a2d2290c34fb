"""Finds faces in whole pictures with a model that only knows pictures of its own size."""
