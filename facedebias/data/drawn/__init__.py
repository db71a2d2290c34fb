"""Drawn faces and look-alike clutter: a data set that is everywhere and whose truth is known.

Results on it say nothing about people.
"""

from facedebias.data.drawn.drawing import draw
from facedebias.data.drawn.scene import ATTRIBUTES, Scene, sample_clutter, sample_face

__all__ = ["ATTRIBUTES", "Scene", "draw", "sample_clutter", "sample_face"]
