"""Parts of a report that not every audit has."""
