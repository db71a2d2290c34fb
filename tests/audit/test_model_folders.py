"""Folders that hold no SavedModel of use."""

import pytest
import tensorflow as tf

from facedebias.audit.scoring import ExportedModel
from facedebias.errors import InputError


def test_folder_without_a_saved_model(tmp_path):
    with pytest.raises(InputError, match="holds nothing; expected saved_model.pb"):
        ExportedModel("m", tmp_path)
    (tmp_path / "weights.h5").touch()
    with pytest.raises(
        InputError, match="holds weights.h5; expected saved_model.pb or export/saved_model.pb"
    ):
        ExportedModel("m", tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        ExportedModel("m", tmp_path / "weights.h5")
    with pytest.raises(InputError, match="nowhere: no such folder"):
        ExportedModel("m", tmp_path / "nowhere")


def test_damaged_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(InputError, match="cannot be loaded as a SavedModel"):
        ExportedModel("m", tmp_path)


def test_no_signature(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "bare"))
    with pytest.raises(InputError, match="its signatures are none; expected a signature 'serving_default'"):
        ExportedModel("m", tmp_path / "bare")
