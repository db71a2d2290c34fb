"""Windows of whole pictures: where they lie, what they show, what a model says of them."""
