"""One model in several formats, as `facedebias export` writes them: what a format does to each group."""
