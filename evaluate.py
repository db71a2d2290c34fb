"""Audits classifiers by group: for whom they fail, how sure that is, and what would change it."""

from facedebias.cli import evaluate, running

if __name__ == "__main__":
    running.run(evaluate.main)
