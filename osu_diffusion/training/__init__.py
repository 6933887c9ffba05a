"""Training of the refiner (spec 04 section 9)."""
