"""Modding: where a beatmap surprises the model, in suggestions that a mapper can act on (spec 06 section 1)."""
