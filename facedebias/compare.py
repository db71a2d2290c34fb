"""Trains mitigations over several seeds and shows what each gives and costs."""

from facedebias.cli import compare, running

if __name__ == "__main__":
    running.run(compare.main)
