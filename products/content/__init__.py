"""What creators offer, who may see it and saw how much of it, and what was done about it: as platforms tell us."""
