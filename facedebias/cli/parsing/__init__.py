"""How commands read their flags, the flags that they share, and what they say of wrong ones."""
