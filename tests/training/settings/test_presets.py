"""Presets: what they set, what wins over them, and what a run records of them."""

import dataclasses
import json
from pathlib import Path

import pytest

import facedebias as fd
from facedebias.errors import InputError
from facedebias.models.augmentation import Augmentation
from facedebias.models.model_settings import DBVAESettings
from facedebias.sampling.latent_settings import EpochLatentSampling
from facedebias.sampling.sampler_settings import LossSampling, UniformSampling
from facedebias.training.config import TrainConfig
from facedebias.training.run_folder import open_folder
from facedebias.training.settings import saved_config
from facedebias.training.settings.flat_config import all_settings, changed_by_preset, compose, flatten
from facedebias.training.settings.presets import PRESETS
from facedebias.training.settings.unused_settings import notes
from tests import prose

ROOT = Path(__file__).parents[3]


def typed_out(preset):
    """The configuration that a preset's settings give as flags."""
    return compose(PRESETS.get(preset).settings)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_is_made_of_settings_that_fit(preset):
    kinds = {own.flag: own for own in all_settings()}
    settings = PRESETS.get(preset).settings
    assert [name for name, value in settings.items() if not kinds[name].is_of_kind(value)] == []
    config = compose({}, preset)
    config.validate()
    assert config == typed_out(preset)
    assert notes(config, settings) == []  # nothing in it is for another model


def test_the_lab_is_as_its_description_says():
    # MIT 6.S191 lab 2: a DB-VAE of 12 filters and 100 latents; batches of 32, Adam at 5e-4, 6 epochs.
    # New probabilities once an epoch: the largest, over latents, of 1 / (density in 10 bins + 0.001).
    lab = TrainConfig.from_preset("lab")
    assert lab.model == DBVAESettings(width=12, latent_dim=100, kl_weight=0.0005, reconstruct="seen")
    assert lab.sampler == EpochLatentSampling(rule="max", binning="range", alpha=0.001, bins=10)
    assert lab.nonface_sampler == UniformSampling()
    assert (lab.batch_size, lab.learning_rate, lab.schedule, lab.epochs) == (32, 0.0005, "constant", 6)
    assert (lab.keep, lab.standardize, lab.average_mirrored) == ("last", False, False)
    assert not lab.augmentation.changes_pictures
    assert lab.augmentation == Augmentation.only()


def test_the_labs_classifier_is_two_flags_away():
    compose({"model": "classifier", "sampler": "uniform"}, "lab").validate()


def test_the_preset_default_is_no_preset():
    assert TrainConfig.from_preset("default") == compose({}, "default") == TrainConfig()
    for_attributes = TrainConfig.from_preset("default", target="Young", model="dbvae")
    assert for_attributes == TrainConfig(target="Young", model="dbvae")


def test_what_is_given_wins():
    config = TrainConfig.from_preset("lab", epochs=3, alpha=0.5, flip=True, standardize=True)
    assert (config.epochs, config.sampler.alpha, config.standardize) == (3, 0.5, True)
    assert config.augmentation == Augmentation.only(flip=True)
    assert (config.batch_size, config.sampler.binning) == (32, "range")  # the rest stays
    # Even a value that is the default.
    assert TrainConfig.from_preset("lab", schedule="cosine").schedule == "cosine"
    assert TrainConfig.from_preset("best", sampler="loss", width=12).model.width == 12


def test_python_and_flags_mean_the_same_run():
    changes = {"epochs": 3, "alpha": 0.5}
    assert TrainConfig.from_preset("lab", **changes) == compose(changes, "lab")
    whole = dataclasses.replace(TrainConfig.from_preset("best"), sampler=LossSampling(strength=0.2))
    assert whole == compose({"sampler": "loss", "strength": 0.2, "nonface_strength": 0.7}, "best")


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize("given", [{}, {"sampler": "uniform"}, {"epochs": 6, "flip": True}])
def test_what_a_preset_is_said_to_change_makes_the_same_run(preset, given):
    changed = changed_by_preset(preset, given)
    assert compose({**changed, **given}) == compose(given, preset)
    assert not set(changed) & set(given)
    for name in changed:  # and nothing of it goes without saying
        others = {other: value for other, value in changed.items() if other != name}
        assert compose({**others, **given}) != compose(given, preset), name


def test_defaults_are_not_said_to_be_changed():
    assert changed_by_preset("default", {}) == {}
    assert not {"width", "rule", "keep", "contrast"} & set(changed_by_preset("lab", {}))
    # Without latents to sample by, their rule does not matter.
    assert "alpha" not in changed_by_preset("lab", {"sampler": "uniform"})


def test_settings_of_a_preset_are_not_called_unused_but_given_ones_are():
    given = {"model": "classifier", "sampler": "uniform", "bins": 5}
    (note,) = notes(compose(given, "lab"), given)  # not of alpha and latent_dim, which are the preset's
    assert note.startswith("--bins=5 changes nothing here")


@pytest.mark.parametrize("preset", ["lab", "best"])
def test_presets_for_faces_are_refused_for_attributes(preset):
    with pytest.raises(
        InputError, match=f"^--preset={preset} --target=Young: .*against non-faces.*Leave out"
    ):
        compose({"target": "Young"}, preset)
    with pytest.raises(InputError, match=f'^preset="{preset}" target="Young": this preset'):
        TrainConfig.from_preset(preset, target="Young")


@pytest.mark.parametrize(
    ("preset", "changes", "message"),
    [
        ("la", {}, 'preset="la": unknown; choose one of default, lab, best.'),
        ("lab", {"zom": 0.1}, "zom: no such setting of training"),
        ("lab", {"alpha": 2.0}, "alpha=2: expected a value from 1e-06 to 1."),
        (
            "lab",
            {"model": DBVAESettings()},
            r"model: expected a name \(classifier, dbvae\). Give its settings",
        ),
    ],
)
def test_python_is_told_what_does_not_fit(preset, changes, message):
    with pytest.raises(fd.InputError, match=f"^{message}"):
        TrainConfig.from_preset(preset, **changes)


def test_records_name_the_preset_and_all_settings(tmp_path):
    config = TrainConfig.from_preset("lab", epochs=3)
    saved_config.save(config, "faces.h5", tmp_path / "config.json")
    written = json.loads((tmp_path / "config.json").read_text())
    assert written == {"data": "faces.h5", "preset": "lab", **flatten(config)}
    assert saved_config.load(tmp_path / "config.json") == (config, "faces.h5")
    assert "preset" not in saved_config.to_json(TrainConfig(), "faces.h5")


def test_a_preset_that_is_gone_does_not_bar_its_runs(tmp_path):
    values = saved_config.to_json(TrainConfig.from_preset("best"), "faces.h5") | {"preset": "gone"}
    (tmp_path / "config.json").write_text(json.dumps(values))
    assert saved_config.load(tmp_path / "config.json")[0] == TrainConfig.from_preset("best")


@pytest.mark.parametrize("is_first_by_preset", [True, False])
def test_a_run_goes_on_with_its_settings_however_they_are_given(tmp_path, is_first_by_preset):
    ways = [TrainConfig.from_preset("lab"), typed_out("lab")]
    first, second = ways if is_first_by_preset else ways[::-1]
    open_folder(first, "faces.h5", "sha256", tmp_path / "run", resume=False, overwrite=False)
    open_folder(second, "faces.h5", "sha256", tmp_path / "run", resume=True, overwrite=False)
    with pytest.raises(InputError, match=r"other settings \(epochs 6 -> 7\)"):
        other = TrainConfig.from_preset("lab", epochs=7)
        open_folder(other, "faces.h5", "sha256", tmp_path / "run", resume=True, overwrite=False)


def test_the_page_lists_every_preset():
    tables = prose.tables((ROOT / "docs" / "training.md").read_text())
    (table,) = (table for table in tables if table.header[0] == "`--preset`")
    known = {name: PRESETS.get(name) for name in PRESETS}
    assert table.rows == tuple(
        (f"`{name}`", preset.about, f"{preset.cost:g}") for name, preset in known.items()
    )


def test_a_preset_takes_as_long_as_was_measured():
    record = json.loads((ROOT / "benchmarks" / "results" / "preset_cost.json").read_text())
    assert {name: PRESETS.get(name).cost for name in PRESETS} == {
        name: pytest.approx(record["figures"][name]["median"], rel=0.1) for name in PRESETS
    }
    assert record["settings"] == {name: changed_by_preset(name, {}) for name in PRESETS}
