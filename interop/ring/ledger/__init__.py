"""The ledgers: what was handed in, what the log holds, what came out, what was committed; and the rules L1 to L10 that bind them."""
