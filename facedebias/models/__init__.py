"""The networks, the classifier and the DB-VAE, and what happens to pictures before them."""
