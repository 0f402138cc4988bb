"""What the scripts of a generated project share: config, run folder, stages."""
