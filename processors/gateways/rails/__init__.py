"""How money leaves: one adapter for each rail, pure of the database, files written by ourselves."""
