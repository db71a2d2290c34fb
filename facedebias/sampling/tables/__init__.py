"""Tables that samplers keep: bins of latents, scores of rows, weights in blocks."""
