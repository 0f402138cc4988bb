"""Project templates, shipped inside the wheel as `keras_transfer.templates`."""
