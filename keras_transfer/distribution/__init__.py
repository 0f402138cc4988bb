"""Which strategy to use, and what crosses replicas."""
