"""Every text that people and platforms write is hostile, and everybody looks at everything."""
