"""Images, text and tables from disk to batches; views; audit."""
