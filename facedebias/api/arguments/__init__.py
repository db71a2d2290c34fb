"""What callers hand in: arrays, groups, rates and ways to ask a model, checked and turned into rows."""
