"""What lies beside a model: the record and the pictures of the run that made it."""
