"""The diffusion position refiner: coarse positions to pixels, its training, and its use alone (spec 04)."""
