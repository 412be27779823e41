"""A cluster's encrypted listeners: MSK (SASL, by a token of MSK IAM or by SCRAM) and MTLS (a certificate of the client)."""

import shutil
import subprocess
from pathlib import Path

import jars
from made import Missing, made_once

HERE = Path(__file__).resolve().parent
PORTS = {"MSK": 5, "MTLS": 6}  # after the node's
REAUTHENTICATION_MS = 5000
REGION = "eu-central-1"
USER, PASSWORD = "alice", "correct horse battery"
VALIDATOR = "gluestream.interop.kafka.MskIamValidator"
DAYS = "3"


def classes():
    """The folder of the compiled validator."""
    source, target = HERE / "MskIamValidator.java", jars.cache_folder() / "secure"

    def make():
        compiler = shutil.which("javac")
        if not compiler:
            raise Missing("javac is not installed: a JDK is needed")
        clients = next(jars.resolve().glob("kafka-clients-*.jar"))
        done = subprocess.run([compiler, "--release", "17", "-cp", str(clients), "-d", str(target / "classes"), str(source)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"javac failed on {source.name}:\n{done.stderr[:2000]}")

    made_once(target, [source], target / "classes", make)
    return target / "classes"


class Secure:
    """Certificates, users and keys of one cluster, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.keys, self.log = folder / "keys", folder / "verdicts"
        self.ca, self.client, self.client_key = folder / "ca.pem", folder / "client.pem", folder / "client.key"
        folder.mkdir(parents=True)
        self.log.touch()
        self.know([])
        self._authority()
        self._certificate("server", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        self._certificate("client", "extendedKeyUsage=clientAuth\n")
        whole = "".join((folder / name).read_text(encoding="ascii") for name in ("server.key", "server.pem", "ca.pem"))
        (folder / "store.pem").write_text(whole, encoding="ascii")

    def know(self, keys):
        """From now on these keys count: (access key, secret, session token or -, principal)."""
        fresh = self.folder / "keys.new"
        fresh.write_text("".join(" ".join(key) + "\n" for key in keys), encoding="ascii")
        fresh.replace(self.keys)

    def verdicts(self):
        """What the broker found of every token so far."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def properties(self, port):
        """The properties of a node whose first port this is, and its listeners."""
        sasl = "org.apache.kafka.common.security"
        own = {
            "sasl.enabled.mechanisms": "OAUTHBEARER,SCRAM-SHA-512",
            "ssl.keystore.type": "PEM", "ssl.keystore.location": self.folder / "store.pem",
            "ssl.truststore.type": "PEM", "ssl.truststore.location": self.ca,
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.msk.oauthbearer.sasl.server.callback.handler.class": VALIDATOR,
            "listener.name.msk.oauthbearer.sasl.jaas.config": f"{sasl}.oauthbearer.OAuthBearerLoginModule required;",
            "listener.name.msk.oauthbearer.connections.max.reauth.ms": REAUTHENTICATION_MS,
            "listener.name.msk.scram-sha-512.sasl.jaas.config": f"{sasl}.scram.ScramLoginModule required;",
            "gluestream.msk.region": REGION, "gluestream.msk.keys": self.keys, "gluestream.msk.log": self.log,
        }
        return own, {name: port + offset for name, offset in PORTS.items()}

    def format_arguments(self):
        """What formatting a node takes more: the user of SCRAM."""
        return ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Missing(f"openssl {arguments[0]} failed:\n{done.stderr[-1000:]}")

    def _key(self, name):
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")

    def _authority(self):
        self._key("ca")
        self._openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=ring ca", "-days", DAYS, "-out", "ca.pem")

    def _certificate(self, name, extensions):
        self._key(name)
        (self.folder / f"{name}.ext").write_text(extensions, encoding="ascii")
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", DAYS, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
