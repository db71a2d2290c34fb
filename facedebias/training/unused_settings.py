"""Settings of a run that change nothing beside its other settings."""

from collections.abc import Callable, Collection, Mapping

from facedebias.training.config import NEED_LATENTS, TrainConfig

_Condition = tuple[Callable[[TrainConfig], bool], str]

_LATENT_SAMPLERS: _Condition = (
    lambda config: config.sampler in NEED_LATENTS,
    f"--sampler {' and '.join(NEED_LATENTS)}",
)
_DBVAE: _Condition = (lambda config: config.model == "dbvae", "--model dbvae")
_GROUP_DRO: _Condition = (lambda config: config.sampler == "group_dro", "--sampler group_dro")
# Name -> whether a run uses the setting, and what does.
_USERS: Mapping[str, _Condition] = {
    "rule": _LATENT_SAMPLERS,
    "binning": _LATENT_SAMPLERS,
    "alpha": _LATENT_SAMPLERS,
    "bins": _LATENT_SAMPLERS,
    "temperature": (
        lambda config: config.sampler in NEED_LATENTS and config.rule == "mean",
        f"{_LATENT_SAMPLERS[1]} with --rule mean",
    ),
    "strength": (
        lambda config: config.sampler == "loss" or (not config.target and config.nonface_sampler == "loss"),
        "--sampler loss and, without --target, --nonface_sampler loss",
    ),
    "nonface_sampler": (lambda config: not config.target, "a run without --target"),
    "group_step": _GROUP_DRO,
    "group_adjustment": _GROUP_DRO,
    "penalty_weight": (lambda config: config.penalty != "none", "--penalty mmd and adversary"),
    "latent_dim": _DBVAE,
    "kl_weight": _DBVAE,
}


def notes(config: TrainConfig, given: Collection[str]) -> list[str]:
    """A line for each setting that was given and changes nothing, saying what would use it.

    Args:
        config: of the run, valid.
        given: names of the fields that somebody set.
    """
    return [
        f"--{name}={getattr(config, name)} changes nothing here; used by {users} only."
        for name, (is_used, users) in _USERS.items()
        if name in given and not is_used(config)
    ]
