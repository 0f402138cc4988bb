"""Comparison with training from scratch, and the report."""
