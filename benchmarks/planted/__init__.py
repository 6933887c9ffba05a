"""Faults that are planted into clean maps, to see what finds them."""
