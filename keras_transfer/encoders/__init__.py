"""Encoders that are ready to pretrain, and adapters for backbones of other libraries."""
