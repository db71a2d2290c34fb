"""Zip files, pipes and the standard input."""

import io
import os
import sys
import threading

import pytest

from facedebias.auditing.inputs.predictions.files.formats import read_table
from facedebias.errors import InputError
from tests.auditing.inputs.predictions.files.one_table import CELLS, TEXT, WANTED, cells, read, zipped


def test_a_zip_file_of_one_table(tmp_path):
    assert cells(read(tmp_path / "p.zip", zipped(p=TEXT))) == CELLS
    with pytest.raises(InputError, match=r"p\.zip: a zip file of 2 files; expected one"):
        read(tmp_path / "p.zip", zipped(p=TEXT, q=TEXT))


def test_pipes_and_standard_input(tmp_path, monkeypatch):
    expected = read(tmp_path / "p.csv", TEXT.encode())
    os.mkfifo(tmp_path / "pipe")
    thread = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(TEXT.encode(),))
    thread.start()
    assert read(tmp_path / "pipe").sha256 == expected.sha256
    thread.join()
    for name in ("-", "/dev/stdin"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        found = read_table(type(tmp_path)(name), WANTED)
        assert (found.path, found.sha256) == ("standard input", expected.sha256)
        assert cells(found) == CELLS
