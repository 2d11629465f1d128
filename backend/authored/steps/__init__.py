"""Motion over planned footfalls: walks, jumps, hops and stairs made from nothing."""
