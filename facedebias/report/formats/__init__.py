"""What a format asks of every text that stands in it."""
