"""What is wrong with a choice of devices, found without TensorFlow."""

from facedebias.configuration.setting_names import setting as named
from facedebias.distribution import MIRRORED, MULTIWORKER, STRATEGIES, cluster
from facedebias.errors import InputError


def check(name: str, num_replicas: int = 0) -> None:
    """Refuses what can be refused before TensorFlow is imported, see `strategies.start`.

    Args:
        name: as there.
        num_replicas: likewise.

    Raises:
        InputError: as that does.
    """
    if name not in STRATEGIES:
        raise InputError(f"{named('strategy', name)}: is not known. Expected {', '.join(STRATEGIES)}.")
    if num_replicas and name != MIRRORED:
        raise InputError(
            f"{named('replicas', num_replicas)}: is for {named('strategy', MIRRORED)}. Leave it out, or add "
            "that."
        )
    if num_replicas < 0:
        raise InputError(f"{named('replicas', num_replicas)}: expected 1 or more.")
    if name == MULTIWORKER:
        cluster.read()
