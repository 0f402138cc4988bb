"""Moving weights to the task: by name and shape, with a report."""
