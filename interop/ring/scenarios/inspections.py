"""`validate --connect` beside a real broker, which says what we may do: all of it right, then each thing that is wrong, and nothing left behind."""

from daemons import Failed
from stage import Play

WRONG = {
    "topic": {"kafka.topic": "nowhere", "dead_letter.policy": "stop"},
    "registry": {"registry.endpoint": "http://127.0.0.1:9"},
    "brokers": {"kafka.bootstrap_servers": "127.0.0.1:9"},
}


def validate(stage):
    """Both daemons find everything right, rights and group included; each thing that is not there is found wrong, and nothing else."""
    with Play(stage, "validate") as play:
        play.ensure_topic()
        topic, group = play.topic, play.group
        _must_have(play.validate("producer", {}, 0), ("brokers", "right", "1 answer"), ("topic", "right", f"{topic} has 6 partitions"),
                   ("topic", "right", f"we may Describe, Write {topic}"), ("registry", "right", "it answers"), ("schema", "unknown", "no such version yet"))
        _must_have(play.validate("consumer", {}, 0), ("sink", "right", "can be made"), ("topic", "right", f"we may Describe, Read {topic}"),
                   ("group", "right", f"we may Read {group}"), ("dead letters", "right", "we may Describe, Write"), ("registry", "right", "it answers"))
        if play.output.exists() or any(done not in (None, -1) for _, _, done in play.kafka.offsets(topic, group).values()):
            raise Failed("it has left something behind")
        for what, settings in WRONG.items():
            for binary in ("producer", "consumer"):
                wrong = {found[0] for found in play.validate(binary, {"startup.timeout": "3s", **settings}, 1) if found[1] == "wrong"}
                if wrong != {what}:
                    raise Failed(f"{binary} finds {sorted(wrong)} wrong, not {what}")
        return f"all right for both, with their rights on topics and group; {', '.join(WRONG)} wrong where they are, each alone"


def _must_have(findings, *wanted):
    for what, state, words in wanted:
        if not any((what, state) == found[:2] and words in found[2] for found in findings):
            raise Failed(f"{what} is not {state} ({words}) among {findings}")
