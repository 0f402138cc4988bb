"""What is measured on embeddings: kNN accuracy, alignment, uniformity, effective rank."""
