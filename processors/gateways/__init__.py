"""One adapter for each provider, pure of the database: values in, values out."""
