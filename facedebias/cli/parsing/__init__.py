"""How commands read their flags, and what they say of them."""
