"""Trains a face classifier, exports it and writes down how it was made."""

from facedebias.cli import running, train

if __name__ == "__main__":
    running.run(train.main)
