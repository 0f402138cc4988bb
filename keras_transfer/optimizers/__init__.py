"""LARS, per-group rates and step counts, schedules that Keras lacks."""
