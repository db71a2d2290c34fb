"""What is audited: pictures, whole photographs or predictions, with labels, scores and groups."""
