"""What tests against statsmodels share."""

import gc

import pytest


@pytest.fixture(scope="package", autouse=True)
def no_collecting():
    """`multipletests` collects garbage at every call, which takes seconds once TensorFlow is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda *args: 0)
        yield
