"""A model made anywhere, what it answers to pictures, and thresholds on its answers."""
