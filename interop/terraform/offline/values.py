"""The values of resources beside the blocks of their schema: what is missing, what must not be there."""


def completed(block, value, is_open, make):
    """The value with what `make` gives, by name and schema, for each computed attribute that is open. Null and unknown ones stay what they are."""
    if not isinstance(value, dict):
        return value
    done = dict(value)
    for name, attribute in block["attributes"].items():
        if attribute.get("computed") and is_open(value.get(name)):
            done[name] = make(name, attribute)
    for name, nested in block["block_types"].items():
        inside = value.get(name)
        if isinstance(inside, list):
            done[name] = [completed(nested["block"], item, is_open, make) for item in inside]
        else:
            done[name] = completed(nested["block"], inside, is_open, make)
    return done


def without_write_only(block, value):
    """The value without what is never given back."""
    if not isinstance(value, dict):
        return value
    done = {name: None if block["attributes"].get(name, {}).get("write_only") else inside for name, inside in value.items()}
    for name, nested in block["block_types"].items():
        inside = value.get(name)
        done[name] = [without_write_only(nested["block"], item) for item in inside] if isinstance(inside, list) else without_write_only(nested["block"], inside)
    return done


def not_to_be_set(block, value, path=()):
    """The paths of attributes that have a value, though only AWS gives them one."""
    if not isinstance(value, dict):
        return
    for name, attribute in block["attributes"].items():
        if value.get(name) is not None and not (attribute.get("optional") or attribute.get("required")):
            yield (*path, name)
    for name, nested in block["block_types"].items():
        inside = value.get(name)
        if isinstance(inside, list):
            for number, item in enumerate(inside):
                yield from not_to_be_set(nested["block"], item, (*path, name, number))
        else:
            yield from not_to_be_set(nested["block"], inside, (*path, name))


def chosen(given, config):
    """What a data source with this configuration gives: values that hold for all, or those of a list that agree with it; None if none does."""
    if isinstance(given, dict):
        return given
    return next((values for values in given if all(config.get(name) in (None, value) for name, value in values.items())), None)
