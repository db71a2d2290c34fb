"""Finds and loads a model made anywhere: a SavedModel, or a file of Keras, ONNX or LiteRT."""
