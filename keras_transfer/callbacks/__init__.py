"""Keras callbacks: gradual unfreezing, exact resume, monitors, TensorBoard."""
