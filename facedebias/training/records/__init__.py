"""What a run leaves behind while it trains: tables, curves, pictures."""
