"""Experiments: LATM's own, and those that it left open."""
