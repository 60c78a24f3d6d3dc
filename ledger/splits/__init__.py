"""Who gets what of a sale: versions of a share per platform, product and creator, changed by approval alone."""
