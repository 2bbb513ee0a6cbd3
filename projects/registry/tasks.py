"""Jobs of the registry room."""
