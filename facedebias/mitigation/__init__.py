"""Ways to make a classifier treat groups alike, and trials that compare them."""
