"""Makes a face file from collections of pictures."""

from facedebias.cli import prepare, running

if __name__ == "__main__":
    running.run(prepare.main)
