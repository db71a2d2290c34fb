"""What plain Keras layers and TensorFlow operations compute, in less time."""
