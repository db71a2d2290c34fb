"""Commands as the user types them, for messages and help."""

import os
import shlex
import sys

PACKAGE = "facedebias"
_SCRIPTS = {"train", "evaluate"}  # those that a checkout has as files beside the package


def program() -> str:
    """This command as it was typed, e.g. "facedebias train" or "python train.py"."""
    spec = sys.modules["__main__"].__spec__
    name = sys.argv[0]
    if spec is not None:
        # The command `facedebias` has put its own name into argv.
        return f"python -m {name if spec.name == f'{PACKAGE}.__main__' else spec.name}"
    return f"python {shlex.quote(name)}" if name.endswith((".py", "-c")) else name


def command(name: str) -> str:
    """Another command, to be typed in the way that this one was.

    Args:
        name: one of `facedebias.cli.commands.COMMANDS`.

    Returns:
        E.g. "facedebias evaluate", or "python evaluate.py" from `python train.py`.
    """
    typed = program()
    if typed.endswith(".py") and name in _SCRIPTS:
        return f"python {shlex.quote(os.path.join(os.path.dirname(sys.argv[0]), f'{name}.py'))}"
    if typed.startswith(f"{PACKAGE} "):
        return f"{PACKAGE} {name}"
    return f"python -m {PACKAGE} {name}"
