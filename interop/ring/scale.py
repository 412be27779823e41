"""How long faults last: scaled down as a rule, at full length with --long."""

is_long = False


def seconds(scaled, full):
    """Which of two lengths it is."""
    return full if is_long else scaled
