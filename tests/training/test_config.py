import dataclasses
import json

import pytest

from facedebias.errors import InputError
from facedebias.models import MODELS, PENALTIES
from facedebias.models.augmentation import ATTRIBUTE_AUGMENTATION, Augmentation
from facedebias.models.model_settings import DBVAESettings
from facedebias.sampling import SAMPLERS
from facedebias.sampling.latent_settings import LatentSampling
from facedebias.sampling.sampler_settings import LossSampling, UniformSampling
from facedebias.training.config import TrainConfig
from facedebias.training.settings import saved_config
from facedebias.training.settings.flat_config import all_settings, compose, flatten


def test_the_sampler_follows_the_model_unless_it_is_named():
    assert TrainConfig(model="classifier").sampler == LossSampling()
    assert TrainConfig(model="classifier", target="Attractive").sampler == UniformSampling()
    assert TrainConfig(model="dbvae", target="Attractive").sampler == LatentSampling()
    assert TrainConfig(model="dbvae").sampler == LatentSampling()
    assert TrainConfig(model="dbvae", sampler="uniform").sampler == UniformSampling()


def test_parts_are_named_or_given_with_settings_of_their_own():
    config = TrainConfig(
        model=DBVAESettings(latent_dim=8),
        sampler=LatentSampling(rule="mean", alpha=0.1),
        augmentation=Augmentation(zoom=0.0),
    )
    assert config == compose({"model": "dbvae", "latent_dim": 8, "rule": "mean", "alpha": 0.1, "zoom": 0.0})


@pytest.mark.parametrize("target", ["", "Attractive"])
@pytest.mark.parametrize("model", ["classifier", "dbvae"])
def test_the_library_and_the_flags_mean_the_same_run(target, model):
    assert TrainConfig(target=target, model=model) == compose({"target": target, "model": model})


def test_an_attribute_has_defaults_of_its_own_which_settings_replace():
    config = compose({"target": "Attractive", "zoom": 0.5})
    assert (config.epochs, config.standardize, config.augmentation.zoom) == (20, False, 0.5)
    others = {name: value for name, value in ATTRIBUTE_AUGMENTATION.items() if name != "zoom"}
    assert others and all(getattr(config.augmentation, name) == value for name, value in others.items())
    config.validate()


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_every_sampler_can_be_asked_for(name):
    settings = {"target": "Young", "model": "dbvae", "sampler": name}
    if SAMPLERS.get(name).needs_groups:
        settings["groups"] = ("Male",)
    config = compose(settings)
    config.validate()
    assert config.sampler.name == name
    assert compose(flatten(config)) == config


def test_names_in_configurations_are_those_of_the_registries():
    for registry in (SAMPLERS, MODELS, PENALTIES):
        assert [registry.get(name).name for name in registry] == list(registry)


def test_every_flag_is_of_one_setting():
    names = [own.flag for own in all_settings()]
    assert len(names) == len(set(names))
    assert all(own.help.endswith(".") for own in all_settings())


def test_faces_and_non_faces_share_a_strength_unless_one_is_given():
    shared, own = compose({"strength": 1.2}), compose({"strength": 1.2, "nonface_strength": 0.3})
    assert (shared.sampler.strength, shared.nonface_sampler.strength) == (1.2, 1.2)
    assert (own.sampler.strength, own.nonface_sampler.strength) == (1.2, 0.3)
    for config in (shared, own):
        assert compose(flatten(config)) == config


def test_what_is_saved_comes_back(tmp_path):
    config = compose({"model": "dbvae", "alpha": 0.5, "flip": False})
    saved_config.save(config, "a.h5", tmp_path / "config.json")
    assert saved_config.load(tmp_path / "config.json") == (config, "a.h5")


def test_a_run_of_an_older_version_is_not_taken_for_one_with_todays_defaults(tmp_path):
    values = saved_config.to_json(TrainConfig(), "faces.h5")
    del values["rotate"], values["zoom"]
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"config.json: has no rotate, zoom; .*Delete the folder"):
        saved_config.load(tmp_path / "config.json")


@pytest.mark.parametrize("text", ["", "[]", "null", '{"data": "fac', "[" * 100_000])
def test_settings_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config.json: (is no JSON|holds no settings of a run)\. Delete"):
        saved_config.load(tmp_path / "config.json")


@pytest.mark.parametrize("change", [{"alpha": "a"}, {"groups": "Male"}, {"flip": 1}, {"epochs": [3]}])
def test_settings_of_another_kind_are_named(tmp_path, change):
    values = saved_config.to_json(TrainConfig(model="dbvae"), "a.h5") | change
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=f"config.json: {next(iter(change))} of another kind"):
        saved_config.load(tmp_path / "config.json")


def test_lists_of_json_and_flags_are_tuples(tmp_path):
    config = TrainConfig(sampler="group", groups=["Male", "Young"])
    config.validate()
    saved_config.save(config, "faces.h5", tmp_path / "config.json")
    loaded, _ = saved_config.load(tmp_path / "config.json")
    assert loaded == config
    assert saved_config.changes(loaded, config) == []


@pytest.mark.parametrize(
    "options", [{"sampler": "group"}, {"sampler": "group_dro"}, {"penalty": "mmd"}, {"penalty": "adversary"}]
)
def test_what_needs_groups_asks_which(options):
    (flag,) = (f"--{name}={value}: needs to know groups" for name, value in options.items())
    with pytest.raises(InputError, match=f"{flag}.*--groups=Male,Young"):
        TrainConfig(**options).validate()


def test_groups_that_nothing_uses_are_refused():
    with pytest.raises(InputError, match=r"--groups=Male: nothing uses these groups; .*group_dro"):
        TrainConfig(groups=("Male",)).validate()


def test_non_faces_cannot_be_blurred_where_there_are_none():
    with pytest.raises(InputError, match=r"--blur=0.5 --target=Attractive: .*Leave --blur out"):
        compose({"target": "Attractive", "blur": 0.5}).validate()


def test_changed_settings_are_named_with_both_values():
    old = TrainConfig(epochs=8)
    assert saved_config.changes(dataclasses.replace(old, epochs=9), old) == ["epochs 8 -> 9"]
    other = TrainConfig(epochs=8, sampler="uniform", nonface_sampler="uniform")
    assert saved_config.changes(other, old) == [
        "sampler loss -> uniform", "nonface_sampler loss -> uniform", "strength 0.7 -> none",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "cnn"}, r"--model=cnn: unknown; choose one of classifier, dbvae\."),
        ({"sampler": "lates"}, r"--sampler=lates: unknown; choose one of uniform, latent, "),
        ({"zom": 0.3}, r"--zom: no such setting of training"),
        (
            {"model": "dbvae", "rule": "min"},
            r"--rule=min: unknown; choose one of max, product, mean, expected_loss\.",
        ),
        (
            {"model": "dbvae", "binning": "width"},
            r"--binning=width: unknown; choose one of deviations, range\.",
        ),
        ({"sampler": "latent"}, "--sampler=latent: --model=classifier has no latents"),
        ({"nonface_sampler": "group"}, "--nonface_sampler=group: unknown; choose one of uniform, loss"),
        ({"model": "dbvae", "alpha": 0.0}, r"--alpha=0: expected a value from 1e-06 to 1\."),
        ({"model": "dbvae", "bins": 256}, r"--bins=256: expected a value from 2 to 255\."),
        (
            {"among": "positive"},
            "--among=positive: nothing asks among whom",
        ),
        ({"penalty": "mmd", "among": "yes"}, "--among=yes: unknown; choose one of all,"),
        ({"batch_size": 33}, "--batch_size=33: expected an even number"),
        (
            {"target": "Young", "groups": ("Male",), "penalty": "mmd", "batch_size": 4098},
            r"--batch_size=4098 --penalty=mmd: it compares all pairs .* at most so many\.",
        ),
        ({"target": "Male", "groups": ("Male",), "penalty": "mmd"}, "'Male' is what is learned"),
        ({"learning_rate": float("nan")}, "--learning_rate=nan: expected a value"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(change, message):
    with pytest.raises(InputError, match=message):
        compose(change).validate()


def test_the_defaults_are_valid():
    TrainConfig().validate()


def test_non_faces_have_no_groups_to_be_drawn_by():
    with pytest.raises(InputError, match=r"--nonface_sampler=group: non-faces .* one of uniform, loss\."):
        TrainConfig(nonface_sampler="group").validate()
