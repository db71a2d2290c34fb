"""Files of predictions as they come: delimited text, JSON lines, parquet, compressed."""
