"""The other side of every protocol: a program of its own that plays the outside world on one machine."""
