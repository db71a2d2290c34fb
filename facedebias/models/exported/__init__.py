"""Models as they leave the project: the SavedModel, its scan of whole pictures, and plain Keras layers."""
