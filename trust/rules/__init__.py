"""Pure decisions: values in, verdict and reasons out."""
