"""Mathematics shared by objectives, one loss a file."""
