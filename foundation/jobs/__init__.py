"""Work that comes round: `@periodic("name", every=…)` in a room's registers.py, one row per job and period."""
