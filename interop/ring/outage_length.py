"""How long the registry stays away: shortened in the ring, at its full length with --long."""

SHORT_SECONDS, LONG_SECONDS = 8, 60

seconds = SHORT_SECONDS
