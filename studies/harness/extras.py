"""The one place where studies add samplers and models to the product, through its registries."""


def register() -> None:
    """Adds what studies train with and the product has not, each under a name of its own."""
