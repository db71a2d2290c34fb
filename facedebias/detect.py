"""`python -m facedebias.detect`: draws boxes of faces on copies of pictures and writes them as JSON."""

import sys

if __name__ == "__main__":
    from facedebias.cli import detect, running

    running.run(detect.main)
else:
    # Importing a module makes it an attribute of its package, in place of the function of this name.
    from facedebias.api import face_boxes

    face_boxes.detect.__spec__ = __spec__  # type: ignore[attr-defined]
    sys.modules[__name__] = face_boxes.detect  # type: ignore[assignment]
