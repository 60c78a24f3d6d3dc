"""How the demo's creators are paid: who they are to us, where to, what they were paid, and what stands in the way."""
