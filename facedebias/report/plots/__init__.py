"""Charts, curves and pictures of a report."""
