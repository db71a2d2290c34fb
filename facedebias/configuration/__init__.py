"""What can be set: fields of settings, registries of choices, and how messages name them."""
