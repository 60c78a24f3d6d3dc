"""PACK 440's five scenarios, each played with a creator of its own in the running demo."""
