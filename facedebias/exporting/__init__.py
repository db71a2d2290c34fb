"""Takes a trained model to where it is used: SavedModel, Keras, LiteRT and ONNX, checked against the run."""
