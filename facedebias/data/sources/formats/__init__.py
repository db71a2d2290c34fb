"""How collections lay out their pictures and lists, and how these are read."""
