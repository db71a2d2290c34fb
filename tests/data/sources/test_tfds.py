"""TensorFlow Datasets, as it mocks them."""

import io

import numpy as np
import pytest
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source, tfds
from facedebias.errors import InputError
from tests.data.sources.fake_pictures import RED, records


@pytest.mark.filterwarnings("default")
def test_tfds_celeba():
    testing = pytest.importorskip("tensorflow_datasets").testing
    with testing.mock_data(num_examples=3):
        source, found = records("tfds:celeb_a", split="val")
        assert source.name == "celeb_a" and source.num_records == 3 and len(source.attributes) == 40
        assert [record.path for record in found] == ["validation/0", "validation/1", "validation/2"]
        assert {record.split for record in found} == {1}
        assert set(found[0].attributes) == set(source.attributes) and found[0].identity >= 0
        assert found[0].load().shape == (64, 64, 3)


def imagenet_resized(images):
    """A stand-in for the stored data set: a goldfish, a groom, a red tench, a scuba diver."""
    import tensorflow as tf

    def as_dataset(self, split, decoders=None, **kwargs):
        label = self.info.features["label"]
        labels = [label.str2int(name) for name in ("n01443537", "n10148035", "n01440764", "n10565667")]
        return tf.data.Dataset.from_tensor_slices({"image": images, "label": labels})

    return as_dataset


@pytest.mark.filterwarnings("default")
def test_tfds_leaves_people_out_by_wordnet_id():
    testing = pytest.importorskip("tensorflow_datasets").testing
    images = np.zeros((4, 64, 64, 3), np.uint8)
    images[2, 10, 20] = RED
    encoded = [png_bytes(image) for image in images]
    for stored in (images, encoded):  # decoded by TFDS, or left for us to decode
        with testing.mock_data(as_dataset_fn=imagenet_resized(stored)):
            source, found = records(
                "tfds:imagenet_resized/64x64", ImportOptions(kind="nonface", split="train")
            )
            assert [record.path for record in found] == ["train/0", "train/2"] and source.attributes == {}
            np.testing.assert_array_equal(found[1].load()[10, 20], RED)
            nobody = ImportOptions(kind="nonface", split="train", exclude=frozenset())
            assert records("tfds:imagenet_resized/64x64", nobody)[0].num_records == 4


def png_bytes(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.filterwarnings("default")
def test_tfds_damage():
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(
        InputError, match="tfds:no_such_set: could not be loaded .*not found.* Check the name"
    ):
        open_source("tfds:no_such_set", ImportOptions())
    with pytest.raises(InputError, match="no part for --split test; has only train, validation. Choose one"):
        tfds._parts("imagenet_resized", ["train", "validation"], "test")
