"""Whether groups differ: the largest studentized difference, its test and its interval."""
