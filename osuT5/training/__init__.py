"""Training, fine-tuning and evaluation of the sequence model (spec 05)."""
