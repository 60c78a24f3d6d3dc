"""A creator's tax papers: what they signed, what the year comes to, what is withheld, documents to take away."""
