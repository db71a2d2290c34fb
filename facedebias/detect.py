"""Finds faces in whole pictures: draws boxes on copies and writes them as JSON."""

from facedebias.cli import detect, running

if __name__ == "__main__":
    running.run(detect.main)
