"""The picture of the packages is that of the code."""

from xml.etree import ElementTree

from docs.pictures import architecture


def test_the_picture_is_that_of_the_code():
    # If not: python -m docs.pictures.architecture
    assert architecture.PICTURE.read_text() == architecture.drawing()


def test_every_package_has_a_box():
    names = {path.parent.name for path in architecture.ROOT.glob("facedebias/*/__init__.py")}
    root = ElementTree.fromstring(architecture.drawing())  # noqa: S314
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert names <= set(texts)


def test_an_arrow_that_others_imply_is_left_out():
    # a needs b and c, b needs c: the way from a to c leads over b.
    assert architecture.direct({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {("a", "b"), ("b", "c")}
