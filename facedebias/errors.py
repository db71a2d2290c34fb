"""The one exception that a user, not a programmer, is meant to read."""


class InputError(ValueError):
    """Something outside the program is wrong: a file, a flag, the disk.

    Its message is one line that names the file or flag, what was received, what was
    expected and the way out; the command-line modules print it without a traceback.
    """
