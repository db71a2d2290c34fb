"""`python -m facedebias.compare`: trains mitigations over several seeds, shows what each gives and costs."""

import sys

if __name__ == "__main__":
    from facedebias.cli import compare, running

    running.run(compare.main)
else:
    # Importing a module makes it an attribute of its package, in place of the function of this name.
    from facedebias.api import auditor

    auditor.compare.__spec__ = __spec__  # type: ignore[attr-defined]
    sys.modules[__name__] = auditor.compare  # type: ignore[assignment]
