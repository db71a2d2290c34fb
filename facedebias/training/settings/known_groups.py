"""Whether the groups that a run knows fit what uses them."""

from collections.abc import Sequence

from facedebias.configuration.setting_names import setting as named
from facedebias.errors import InputError
from facedebias.models import PENALTIES
from facedebias.models.penalty_settings import NoPenalty
from facedebias.sampling import SAMPLERS
from facedebias.sampling.sampler_settings import SamplerSettings


def check(
    groups: tuple[str, ...], among: str, target: str, sampler: SamplerSettings, penalty: NoPenalty
) -> None:
    """Refuses groups that nothing uses, users that are told none, and groups that cannot be.

    Args:
        groups: attributes whose combinations are the groups.
        among: among whom they are made alike, a name of `config.AMONG`.
        target: attribute to learn; empty for faces against non-faces.
        sampler: of faces.
        penalty: of the loss.

    Raises:
        InputError: says which settings do not fit together, and what would.
    """
    is_penalized = penalty.name != "none"
    users = [named("sampler", sampler.name)] if sampler.needs_groups else []
    users += [named("penalty", penalty.name)] if is_penalized else []
    penalties = [name for name in PENALTIES if name != "none"]
    if among != "all":
        _check_among(among, target, penalties, is_used=is_penalized or sampler.takes_among)
    if users and not groups:
        raise InputError(
            f"{' '.join(users)}: needs to know groups; name the attributes that make them, e.g. "
            f"{named('groups', ('Male', 'Young'))}."
        )
    if groups and not users:
        samplers = [name for name in SAMPLERS if SAMPLERS.get(name).needs_groups]
        raise InputError(
            f"{named('groups', groups)}: nothing uses these groups; add {named('sampler')} (one of "
            f"{', '.join(samplers)}) or {named('penalty')} ({', '.join(penalties)}), or leave it out. An "
            "audit takes its own."
        )
    if target.partition("=")[0] in groups:
        raise InputError(
            f"{named('groups', groups)}: {target!r} is what is learned; a group would have one "
            "label only. Name other attributes."
        )


def _check_among(among: str, target: str, penalties: Sequence[str], is_used: bool) -> None:
    if not is_used:
        takers = [name for name in SAMPLERS if SAMPLERS.get(name).takes_among]
        raise InputError(
            f"{named('among', among)}: nothing asks among whom groups are to be alike; add "
            f"{named('penalty')} ({' or '.join(penalties)}) or {named('sampler')} "
            f"({' or '.join(takers)}), or leave it out."
        )
    if not target:
        raise InputError(
            f"{named('among', among)}: non-faces have no groups; learn an attribute with "
            f"{named('target')}, or leave it out."
        )
