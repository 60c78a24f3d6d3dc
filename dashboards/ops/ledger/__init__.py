"""The books on pages: the tree, an account with its statement, a movement with its chain of cause."""
