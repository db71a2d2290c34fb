"""Files of other people, read with care; what is written for them."""
