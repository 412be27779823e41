"""The rules L1 to L10 over the ledgers of one scenario. Each yields what breaks it; `check` wants silence from all."""

from collections import Counter, defaultdict

from daemons import Failed


def handled_places(books):
    """(partition, offset) of everything a sink has."""
    return {(line.partition, line.offset) for sink in books.sinks for line in sink}


def letter_places(books):
    """(partition, offset) of every record that became a dead letter."""
    return {(letter.partition, letter.offset) for letter in books.letters}


def nothing_lost(books):
    """L1: what is acknowledged is in a sink or among the dead letters, at least once."""
    done = handled_places(books) | letter_places(books)
    missing = [record for record in books.stored if (record.partition, record.offset) not in done]
    if missing:
        yield f"{len(missing)} records of the log were not handled, such as {missing[0].partition}@{missing[0].offset}"
    printed = {line.stamp for sink in books.sinks for line in sink}
    for name, run in books.runs.items():
        if run.is_whole and (lost := sum(stamp not in printed for stamp in run.stamps)):
            yield f"{lost} acknowledged records of run {name} are in no sink"
        seen = sum(stamp.run == name for stamp in printed if stamp)
        if seen < run.acknowledged:
            yield f"{run.acknowledged} records of run {name} are acknowledged, {seen} in a sink"


def no_hole(books):
    """L2: below the last committed offset of a partition everything is handled."""
    done = handled_places(books) | letter_places(books)
    last = {}
    for sample in books.samples:
        for partition, offset in sample.committed.items():
            last[partition] = max(last.get(partition, -1), offset)
    holes = [(record.partition, record.offset) for record in books.stored
             if record.offset < last.get(record.partition, -1) and (record.partition, record.offset) not in done]
    if holes:
        yield f"{len(holes)} offsets below a committed one were never handled, such as {holes[0]}"


def key_order_breaks(books):
    """How many first occurrences of a sink come after a later one of their key. Lines of all sinks are one order if they share a file."""
    seen, breaks = set(), 0
    for sink in books.sinks:
        last = {}
        for line in sink:
            if line.stamp in seen or not line.stamp:
                continue
            seen.add(line.stamp)
            key = line.stamp[:2]
            breaks += last.get(key, -1) >= line.stamp.sequence
            last[key] = line.stamp.sequence
    return breaks


def in_order(books):
    """L3: first occurrences of a key come in the order of its sequence, in the log and in every sink."""
    if breaks := key_order_breaks(books):
        yield f"{breaks} first occurrences in a sink come after a later one of their key"
    last, breaks = {}, 0
    for record in sorted(books.stored, key=lambda record: (record.partition, record.offset)):
        if record.stamp:
            key = record.stamp[:2]
            breaks += last.get(key, -1) > record.stamp.sequence
            last[key] = max(last.get(key, -1), record.stamp.sequence)
    if breaks:
        yield f"{breaks} records of the log lie behind a later one of their key"


def duplicates(books):
    """How many lines of the sinks are of a record that was there already."""
    lines = [(line.partition, line.offset) for sink in books.sinks for line in sink]
    return len(lines) - len(set(lines))


def most_duplicates(books):
    """How many there may be: what was asked for, else all that was handled and not committed at each death."""
    if books.most_duplicates is not None:
        return books.most_duplicates
    total = 0
    for death in books.deaths:
        done = {(line.partition, line.offset) for sink, lines in zip(books.sinks, death.lines) for line in sink[:lines]}
        total += sum(offset >= max(death.committed.get(partition, 0), 0) for partition, offset in done)
    return total


def few_duplicates(books):
    """L4: no more comes twice than was handled and not committed when a process was killed."""
    found, most = duplicates(books), most_duplicates(books)
    if found > most:
        yield f"{found} lines came twice, {most} at most may have"


def commits_follow(books):
    """L5: a committed offset is never above the lowest offset not handled at that time."""
    first = {}
    for record in books.stored:
        first[record.partition] = min(first.get(record.partition, record.offset), record.offset)
    lowest, done, at, letters = dict(first), defaultdict(set), [0] * len(books.sinks), 0
    for number, sample in enumerate(books.samples):
        fresh = []
        for index, lines in enumerate(sample.lines):
            fresh += books.sinks[index][at[index]:lines]
            at[index] = max(at[index], lines)
        fresh += books.letters[letters:sample.letters]
        letters = max(letters, sample.letters)
        for line in fresh:
            done[line.partition].add(line.offset)
        for partition, committed in sample.committed.items():
            offset = lowest.get(partition, 0)
            while offset in done[partition]:
                done[partition].remove(offset)
                offset += 1
            lowest[partition] = offset
            if committed > offset:
                yield f"look {number}: partition {partition} is committed up to {committed}, {offset} was not handled"
                return


def once_in_log(books):
    """L6: the log has each acknowledged record exactly once."""
    copies = Counter(record.stamp for record in books.stored if record.stamp)
    twice = sum(count - 1 for count in copies.values())
    if twice:
        yield f"{twice} records lie in the log twice"
    for name, run in books.runs.items():
        known = set(run.stamps)
        found = {stamp for stamp in copies if stamp.run == name}
        if foreign := found - known:
            yield f"{len(foreign)} records of run {name} in the log were never handed in"
        if run.is_whole and len(found) != len(known):
            yield f"{len(known)} records of run {name} are acknowledged, {len(found)} in the log"
        if len(found) < run.acknowledged:
            yield f"the producer counted {run.acknowledged} acknowledged records of run {name}, the log has {len(found)}"


def sound(books):
    """L7: checksums are right, every line is the record of its place, and a dead letter has the bytes that the log has."""
    wrong = sum(not record.is_sound for record in books.stored if record.stamp)
    wrong += sum(not line.is_sound for sink in books.sinks for line in sink)
    if wrong:
        yield f"{wrong} checksums are wrong"
    by_place = {(record.partition, record.offset): record for record in books.stored}
    elsewhere = [line for sink in books.sinks for line in sink
                 if (line.partition, line.offset) not in by_place or by_place[line.partition, line.offset].stamp != line.stamp]
    if elsewhere:
        yield f"{len(elsewhere)} lines are not the record of their place, such as {elsewhere[0].partition}@{elsewhere[0].offset}"
    changed = [letter for letter in books.letters
               if (letter.partition, letter.offset) not in by_place or by_place[letter.partition, letter.offset].digest != letter.digest]
    if changed:
        yield f"{len(changed)} dead letters are not the bytes of their record"


def ended_well(books):
    """L8: every process ended with the code it had to, and in time."""
    for ending in books.endings:
        if ending.code != ending.wanted or ending.seconds > ending.most_seconds:
            yield f"{ending.name} ended with {ending.code} after {ending.seconds:.1f} s, wanted {ending.wanted} within {ending.most_seconds} s"


def one_verdict(books):
    """L9: no record is both in a sink and a dead letter."""
    both = handled_places(books) & letter_places(books)
    if both:
        yield f"{len(both)} records are in a sink and a dead letter"


def told_truly(books):
    """L10: what the processes counted is what the ledgers have."""
    for total in books.totals:
        if total.told != total.counted:
            yield f"{total.name}: {total.told:.0f} told, {total.counted:.0f} in the ledgers"


RULES = {
    "L1": nothing_lost, "L2": no_hole, "L3": in_order, "L4": few_duplicates, "L5": commits_follow,
    "L6": once_in_log, "L7": sound, "L8": ended_well, "L9": one_verdict, "L10": told_truly,
}


def broken(books):
    """What breaks the rules, each with its rule's number."""
    return [f"{number}: {problem}" for number, rule in RULES.items() for problem in rule(books)]


def check(books):
    """Fails unless every rule holds; returns the counts in words."""
    if problems := broken(books):
        raise Failed("; ".join(problems))
    acknowledged = sum(run.acknowledged for run in books.runs.values())
    lines = sum(map(len, books.sinks))
    letters = f"dead letters {len(letter_places(books))}, " if books.letters else ""
    return f"records {len(books.stored):,}, acknowledged {acknowledged:,}, consumed {lines:,}, {letters}" \
           f"duplicates {duplicates(books):,} of at most {most_duplicates(books):,}, order breaks 0, lost 0, " \
           f"committed <= handled in {len(books.samples)} looks"
