"""Opens files that others wrote: what is no file, too large or not what it says is refused at once."""
