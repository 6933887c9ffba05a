"""Measures of finished maps: rhythm, timing, stars and distributions. Pure functions of numbers; times in ms."""
