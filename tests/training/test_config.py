import dataclasses
import json

import pytest

from facedebias import sampling
from facedebias.errors import InputError
from facedebias.training.config import (
    ATTRIBUTE_RECIPE,
    BINNINGS,
    MODELS,
    PENALTIES,
    RULES,
    SAMPLERS,
    TrainConfig,
)


def test_the_sampler_follows_the_model_unless_it_is_named():
    assert TrainConfig("a.h5", model="classifier").sampler == "loss"
    assert TrainConfig("a.h5", model="classifier", target="Attractive").sampler == "uniform"
    assert TrainConfig("a.h5", model="dbvae", target="Attractive").sampler == "latent"
    assert TrainConfig("a.h5", model="dbvae").sampler == "latent"
    assert TrainConfig("a.h5", model="dbvae", sampler="uniform").sampler == "uniform"


def test_names_offered_by_flags_are_those_of_the_classes():
    from facedebias.models import penalties
    from facedebias.training import build, strata

    assert set(MODELS) == set(build.MODELS)
    assert set(RULES) == set(sampling.RULES)
    assert set(BINNINGS) == set(sampling.BINNINGS)
    assert set(SAMPLERS) == set(strata.SAMPLERS)
    assert set(PENALTIES) == {"none", *penalties.PENALTIES}


def test_what_is_saved_comes_back(tmp_path):
    config = TrainConfig("a.h5", model="dbvae", alpha=0.5, flip=False)
    config.save(tmp_path / "config.json")
    assert TrainConfig.load(tmp_path / "config.json") == config


def test_a_run_of_an_older_version_is_not_taken_for_one_with_todays_defaults(tmp_path):
    values = TrainConfig("faces.h5").to_json()
    del values["rotate"], values["zoom"]
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"config.json: has no rotate, zoom; .*Delete the folder"):
        TrainConfig.load(tmp_path / "config.json")


@pytest.mark.parametrize("text", ["", "[]", "null", '{"data": "fac', "[" * 100_000])
def test_settings_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config.json: (is no JSON|holds no settings of a run)\. Delete"):
        TrainConfig.load(tmp_path / "config.json")


@pytest.mark.parametrize("change", [{"alpha": "a"}, {"protected": "Male"}, {"flip": 1}, {"epochs": [3]}])
def test_settings_of_another_kind_are_named(tmp_path, change):
    (tmp_path / "config.json").write_text(json.dumps(TrainConfig("a.h5").to_json() | change))
    with pytest.raises(InputError, match=f"config.json: {next(iter(change))} of another kind"):
        TrainConfig.load(tmp_path / "config.json")


def test_lists_of_json_and_flags_are_tuples(tmp_path):
    config = TrainConfig("faces.h5", sampler="group", protected=["Male", "Young"])
    config.validate()
    config.save(tmp_path / "config.json")
    loaded = TrainConfig.load(tmp_path / "config.json")
    assert loaded == config
    assert loaded.changes_from(config) == []


@pytest.mark.parametrize(
    "options", [{"sampler": "group"}, {"sampler": "group_dro"}, {"penalty": "mmd"}, {"penalty": "adversary"}]
)
def test_what_needs_groups_asks_which(options):
    (flag,) = (f"--{name}={value}: needs to know groups" for name, value in options.items())
    with pytest.raises(InputError, match=f"{flag}.*--protected=Male,Young"):
        TrainConfig("faces.h5", **options).validate()


def test_groups_that_nothing_uses_are_refused():
    with pytest.raises(InputError, match=r"--protected=Male: nothing uses these groups; .*group_dro"):
        TrainConfig("faces.h5", protected=("Male",)).validate()


def test_non_faces_cannot_be_softened_where_there_are_none():
    with pytest.raises(InputError, match=r"--soften=0.5 --target=Attractive: .*leave --soften out"):
        TrainConfig("faces.h5", target="Attractive", soften=0.5).validate()


def test_changed_fields_are_named_with_both_values():
    old = TrainConfig("a.h5", epochs=8)
    assert dataclasses.replace(old, epochs=9).changes_from(old) == ["epochs 8 -> 9"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "cnn"}, r"--model=cnn: unknown; choose one of classifier, dbvae\."),
        ({"rule": "min"}, r"--rule=min: unknown; choose one of max, product, mean\."),
        ({"binning": "width"}, r"--binning=width: unknown; choose one of deviations, range\."),
        ({"sampler": "latent"}, "--sampler=latent: --model=classifier has no latents"),
        ({"alpha": 0.0}, r"--alpha=0: expected a value from 1e-06 to 1\."),
        ({"bins": 256}, r"--bins=256: expected a value from 2 to 255\."),
        (
            {"among": "positive"},
            "--among=positive: nothing asks among whom",
        ),
        ({"penalty": "mmd", "among": "yes"}, "--among=yes: unknown; choose one of all,"),
        ({"batch_size": 33}, "--batch_size=33: expected an even number"),
        (
            {"target": "Young", "protected": ("Male",), "penalty": "mmd", "batch_size": 4098},
            r"--batch_size=4098 --penalty=mmd: it compares all pairs .* at most so many\.",
        ),
        ({"learning_rate": float("nan")}, "--learning_rate=nan: expected a value"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(change, message):
    with pytest.raises(InputError, match=message):
        TrainConfig("a.h5", **change).validate()


def test_an_attribute_has_defaults_of_its_own_which_settings_replace():
    config = TrainConfig.of_task("a.h5", "Attractive", zoom=0.5)
    assert (config.target, config.zoom) == ("Attractive", 0.5)
    others = {name: value for name, value in ATTRIBUTE_RECIPE.items() if name != "zoom"}
    assert others and all(getattr(config, name) == value for name, value in others.items())
    assert TrainConfig.of_task("a.h5", seed=3) == TrainConfig("a.h5", seed=3)
    config.validate()


def test_the_defaults_are_valid():
    TrainConfig("a.h5").validate()
