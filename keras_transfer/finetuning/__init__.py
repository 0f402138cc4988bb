"""Recipes for fine-tuning on few labels."""
