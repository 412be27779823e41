"""What the daemons say that AWS has to allow, as the pairs of action and ARN that a policy has. Pure.

A line of `producer permissions` is `ACTION RESOURCE`, and behind `as` the role that does it in place of the daemon's own.
"""

from itertools import product

from plan import as_list

# The commands that each task is for: the binary, and what its `permissions` is asked about.
COMMANDS = {
    "producer": ("producer", ["run"]),
    "consumer": ("consumer", ["run"]),
    "burst": ("producer", ["run"]),
    "ops-producer": ("producer", ["topics", "schema"]),
    "ops-consumer": ("consumer", ["replay"]),
    "ops-tail": ("consumer", ["tail"]),
}


def needed(lines, platform):
    """The pairs that lines ask of the daemon's own role, on what a platform has published."""
    pairs = set()
    for line in lines:
        action, resource, *behind = line.split()
        if not behind:
            pairs.add((action, arn_of(resource, platform)))
    return pairs


def arn_of(resource, platform):
    """The ARN of a resource as the daemons name it; what is one, or stands for all, stays as it is."""
    kind, _, name = resource.partition("/")
    cluster, registry = platform["kafka"]["cluster_arn"], platform["registry"]["arn"]
    if resource == "cluster":
        return cluster
    if kind in ("topic", "group"):
        return f"{cluster.replace(':cluster/', f':{kind}/')}/{name}"
    if kind in ("registry", "schema"):
        return f"{registry.partition(':registry/')[0]}:{resource}"
    if kind in ("bucket", "object"):
        return f"arn:{cluster.split(':')[1]}:s3:::{name}"
    return resource


def allowed(statements):
    """The pairs that a policy allows."""
    return {pair for one in statements if one["Effect"] == "Allow" for pair in product(as_list(one["Action"]), as_list(one["Resource"]))}


def findings(statements, lines, platform):
    """What a policy lacks of what is needed, and what it allows beyond it."""
    has, needs = allowed(statements), needed(lines, platform)
    yield from (f"may not {action} on {arn}, and needs it" for action, arn in sorted(needs - has))
    yield from (f"may {action} on {arn}, and has no need of it" for action, arn in sorted(has - needs))
