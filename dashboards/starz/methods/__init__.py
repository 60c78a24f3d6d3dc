"""Where a creator is paid to: adding, proving, preferring, removing, and saying "this was not me"."""
