"""Small tables of pictures, and what a source reads from them."""

import io
import json

import pyarrow
import pyarrow.parquet
from PIL import Image

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source


def png(gray, size=(8, 8)):
    buffer = io.BytesIO()
    Image.new("L", size, gray).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(folder, names):
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(10 * number))


def records(spec, **options):
    source = open_source(f"table:{spec}", ImportOptions(size=8, **options))
    found = list(source.records())
    assert len(found) == source.num_records
    return source, found


def grays(found):
    return [int(record.load()[0, 0, 0]) for record in found]


def values(source, found, name):
    return [None if (c := r.attributes[name]) < 0 else source.attributes[name][c] for r in found]


CSV = """path,gender,age,glasses,split,person,score,id
p/a.png,Female,3,True,train,ann,0.5,x1
p/b.png,Male,10,False,val,bob,0.25,x2
p/c.png,,2,True,test,ann,1,x3
"""


def hugging_face(path, first, size=(8, 8), **columns):
    """A parquet file as the library `datasets` writes it, with pictures of gray `first` and on."""
    number = len(next(iter(columns.values())))
    image = [{"bytes": png(first + i, size), "path": f"{first + i}.jpg"} for i in range(number)]
    features = {"gender": {"names": ["Male", "Female"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    table = pyarrow.table({"image": image, **columns})
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)


def table(folder, text, names=("a.png", "b.png"), file="t.csv"):
    pictures(folder, names)
    (folder / file).write_text(text)
    return folder / file
