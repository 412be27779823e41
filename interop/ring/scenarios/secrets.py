"""Who we are, to a broker that wants to know: MSK IAM with its signature computed again, SCRAM, and certificates."""

import scale
import secure
from credentials import Endpoint
from daemons import Failed
from ledger.keeping import Ledgers
from scenarios.load import prepare
from stage import Play

RATE = 2_000
LINES = 2_000
KEY_SECONDS = 24  # of a key's life; a new one is given after half of it
PRINCIPAL = "role-orders"
FEWEST_LOGINS = 6  # of the two clients in that time: each again after at most five seconds
REFUSED_SECONDS = 40


def _settings(play, listener, auth, more):
    node = play.kafka.nodes[0]
    port = node.port + secure.PORTS[listener]
    return {"kafka.bootstrap_servers": f"localhost:{port}", "kafka.auth": auth, "kafka.ca_file": play.kafka.secure.ca, **more}


def _through(play, settings, lines, rate="0/s"):
    """So many lines through both daemons; the verdict of their ledgers, nothing twice."""
    with Ledgers(play) as ledgers:
        path = ledgers.write("a", lines)
        consumer = ledgers.consumer(settings)
        producer = play.ndjson_producer(path, {**settings, "source.rate": rate})
        ledgers.produced("a", producer)
        ledgers.wait_consumed(consumer, lines)
        errors = consumer.metric("kafka_client_errors_total", kind="auth")
        ledgers.consumed(consumer)
        if errors:
            raise Failed(f"{errors:.0f} errors of authentication")
        return ledgers.verdict(most_duplicates=0)


def _refused(play, settings):
    """Both daemons end with 77; returns what the producer said."""
    producer = play.producer(settings).expect_exit(77, REFUSED_SECONDS)
    play.consumer(settings).expect_exit(77, REFUSED_SECONDS)
    return producer


def msk_iam(stage):
    """Tokens by rotating keys, a login again every five seconds: nothing is lost, nothing twice, no login fails."""
    seconds = scale.seconds(25, 120)
    with Play(stage, "msk-iam") as play, Endpoint(stage.kafka.secure.know, PRINCIPAL, KEY_SECONDS) as endpoint:
        prepare(play)
        before = len(stage.kafka.secure.verdicts())
        play.variables = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url}
        settings = _settings(play, "MSK", "msk-iam", {"kafka.region": secure.REGION})
        counts = _through(play, settings, RATE * seconds, f"{RATE}/s")
        verdicts = stage.kafka.secure.verdicts()[before:]
        if refused := [verdict for verdict in verdicts if not verdict.startswith("accepted")]:
            raise Failed(f"the broker has {refused[0]}")
        if len(verdicts) < FEWEST_LOGINS or len(endpoint.keys) < 2:
            raise Failed(f"{len(verdicts)} logins with {len(endpoint.keys)} keys")
        return f"{seconds} s, {len(verdicts)} tokens accepted, {len(endpoint.keys)} keys one after the other; {counts}"


def msk_iam_refused(stage):
    """A secret that is wrong, a region that is another, a key that nobody knows: 77 each, with the broker's reason."""
    with Play(stage, "msk-iam-refused") as play:
        prepare(play)
        stage.kafka.secure.know([("test", "another", "-", PRINCIPAL)])  # the daemons have the secret `test`
        told = []
        wrong = {"the signature is wrong": secure.REGION, "it is not for": "eu-west-1"}
        for reason, region in wrong.items():
            producer = _refused(play, _settings(play, "MSK", "msk-iam", {"kafka.region": region}))
            _must_say(producer, reason)
            told.append(reason)
        stage.kafka.secure.know([])
        _must_say(_refused(play, _settings(play, "MSK", "msk-iam", {"kafka.region": secure.REGION})), "not known")
        return f"producer and consumer end with 77 and say: {', '.join(told)}, the access key is not known"


def _must_say(daemon, reason):
    if not daemon.said(reason):
        raise Failed(f"{daemon.name} does not say that {reason}, but:\n{daemon.last_words()}")


def scram(stage):
    """SCRAM-SHA-512: the right password, from a file, is let in; a wrong one ends with 77, and is in no log."""
    with Play(stage, "scram") as play:
        prepare(play)
        password = play.folder / "password"
        password.write_text(secure.PASSWORD + "\n", encoding="ascii")
        settings = _settings(play, "MSK", "scram-sha-512", {"kafka.username": secure.USER, "kafka.password_file": password})
        counts = _through(play, settings, LINES)
        password.write_text("a wrong one\n", encoding="ascii")
        _refused(play, settings)
        for log in play.folder.glob("*.log"):
            if any(secret in log.read_text(errors="replace") for secret in (secure.PASSWORD, "a wrong one")):
                raise Failed(f"a password is in {log.name}")
        return f"wrong password: 77; right one: {counts}"


def mtls(stage):
    """A certificate of the client is let in; without one, and where the broker's own is not to be trusted, it ends with 77."""
    with Play(stage, "mtls") as play:
        prepare(play)
        own = stage.kafka.secure
        files = {"kafka.client_certificate_file": own.client, "kafka.client_key_file": own.client_key}
        counts = _through(play, _settings(play, "MTLS", "mtls", files), LINES)
        _refused(play, _settings(play, "MTLS", "tls", {}))
        _refused(play, {**_settings(play, "MTLS", "mtls", files), "kafka.ca_file": own.client})
        return f"no certificate, and an authority that is another: 77; with both: {counts}"
