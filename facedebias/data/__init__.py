"""Pictures: the file they are kept in, where they come from, how they reach a training step."""
