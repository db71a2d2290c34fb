"""`python -m facedebias COMMAND ...`, the same as the command `facedebias`."""

from facedebias.cli import commands

if __name__ == "__main__":
    commands.main()
