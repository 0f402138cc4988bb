"""The `keras-transfer` command line and its scaffolder."""
