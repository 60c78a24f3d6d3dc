"""Servers that die, hang and fill up under mixed money writes, judged by what clients were promised."""
