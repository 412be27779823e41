"""The daemons' pages in a real browser: readable, alive, honest when the daemon is gone, and nothing that others wrote runs.

usage: python3 interop/page [--bin DIR] [--pictures DIR]

Builds nothing: `cargo build --release --workspace` first. Needs Chromium (Debian's package `chromium`). Producer, consumer and registry
run as `quickstart`, on an embedded Kafka. Pictures are of a stream that has run for a while.
Exit codes: 0 passed, 1 failed, 69 Chromium or the binary is missing.
"""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

import reading  # noqa: E402
from browser import DESK, PHONE, Browser  # noqa: E402
from daemons import Daemon, Failed, wait_until  # noqa: E402
from stub import environment, free_port  # noqa: E402

HOSTILE = "<script>window.ran=1</script><img src=x onerror=window.ran=1>\"><svg onload=window.ran=1>"
LONG = "a" * 200
SECRET = "hunter2"
PICTURE_SECONDS = 40


class Stream:
    """A quickstart with the addresses of its pages."""

    def __init__(self, binaries, folder, settings):
        ports = {part: free_port() for part in ("producer-admin", "consumer-admin", "stub-listen")}
        self.pages = {part: f"http://127.0.0.1:{ports[f'{part}-admin']}/" for part in ("producer", "consumer")}
        arguments = [f"--{part}=127.0.0.1:{port}" for part, port in ports.items()]
        arguments += [f"--set={key}={value}" for key, value in settings.items()]
        surroundings = {**environment(folder), "GLUESTREAM_ADMIN__LISTEN": f"127.0.0.1:{ports['consumer-admin']}"}
        self.daemon = Daemon(binaries / "quickstart", arguments, surroundings, folder)
        self.daemon.wait_ready(30)


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 interop/page", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent.parent / "target" / "release", help="folder of the binary")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="saves the pages as PNGs, for example in docs/img")
    return parser.parse_args()


def fact(browser, name):
    """The number that stands under a name."""
    found = browser.ask(f"[...document.querySelectorAll('dt')].find(one => one.textContent === '{name}')?.nextElementSibling.textContent")
    digits = re.sub(r"[^0-9]", "", found or "")
    return int(digits) if digits else None


def points(browser):
    """How many points each chart has."""
    return browser.ask("[...document.querySelectorAll('polyline')].map(one => one.getAttribute('points').split(' ').length)")


def shows(browser, url, what, expression):
    """Waits until the page says so by itself."""
    wait_until(f"{url}: {what}", lambda: browser.ask(expression), 20)


def check_facts(browser, part):
    """What has to be there, without any script too."""
    text = browser.ask("document.body.innerText")
    wanted = ["ready: every check holds", "Delivered", "In flight", "Schema versions", "orders-value", "AVRO", "No error.", "kafka.topic", "broker"]
    wanted += {"producer": ["Source", "pipeline"], "consumer": ["Partitions", "Lag", "Dead letters", "poll", HOSTILE]}[part]
    missing = [one for one in wanted if one not in text]
    if missing:
        raise Failed(f"{part}: the page does not say {', '.join(missing)}")
    if SECRET in browser.ask("document.documentElement.outerHTML"):
        raise Failed(f"{part}: the page shows a secret")
    if browser.ask("document.title") != f"{part} orders: ready":
        raise Failed(f"{part}: the title is {browser.ask('document.title')}")


def check_still(browser, url, part):
    """Without a script the page says the same; it cannot stay fresh, so it offers no pause."""
    browser.run_scripts(False)
    browser.open(url)
    check_facts(browser, part)
    if len(points(browser)) != 3 or min(points(browser)) < 2:
        raise Failed(f"{url}: without a script the charts have {points(browser)} points")
    if browser.ask("document.getElementById('pause').checkVisibility()"):
        raise Failed(f"{url}: a pause is offered without a script")
    browser.run_scripts(True)


def check_alive(browser, url):
    """Numbers move and charts grow, in place, and stop when they are told to."""
    before, drawn = fact(browser, "Delivered"), min(points(browser))
    browser.ask("window.kept = document.querySelector('dd')")
    shows(browser, url, "numbers move", f"Number([...document.querySelectorAll('dt')].find(one => one.textContent === 'Delivered')"
                                        f".nextElementSibling.textContent.replace(/[^0-9]/g, '')) > {before}")
    wait_until(f"{url}: charts grow", lambda: min(points(browser)) > drawn, 20)
    if not browser.ask("window.kept.isConnected"):
        raise Failed(f"{url}: what is on the page is thrown away, and a reader's place with it")
    browser.ask("document.getElementById('pause').click()")
    time.sleep(1.5)  # a request that was under way comes to its end
    still = fact(browser, "Delivered")
    time.sleep(2.5)
    if fact(browser, "Delivered") != still:
        raise Failed(f"{url}: it does not pause")
    browser.ask("document.getElementById('pause').click()")
    shows(browser, url, "it goes on", f"document.getElementById('pause').textContent === 'Pause' && document.querySelector('h1').textContent.endsWith('ready')")


def check_calm(browser, url):
    """Who wants little motion gets it: nothing moves each second."""
    browser.prefer(reduced_motion="reduce")
    browser.open(url)
    still = fact(browser, "Delivered")
    time.sleep(4)
    if fact(browser, "Delivered") != still:
        raise Failed(f"{url}: it moves though no motion is wanted")
    browser.prefer()


def check_silence(browser, url, stream):
    """A daemon that hangs or is gone is not shown as if it were well."""
    silent = "document.getElementById('silence').innerText.match(/No answer since [0-9]+ s/) && document.title.endsWith(': no answer') && document.querySelector('h1').textContent.endsWith(': no answer')"
    stream.daemon.process.send_signal(signal.SIGSTOP)
    try:
        shows(browser, url, "a daemon that hangs is told", f"!!({silent})")
    finally:
        stream.daemon.process.send_signal(signal.SIGCONT)
    shows(browser, url, "a daemon that answers again is told", "document.title.endsWith(': ready') && document.getElementById('silence').innerText.trim() === '' && !document.getElementById('silence').className")
    stream.daemon.kill()
    shows(browser, url, "a daemon that is gone is told", f"!!({silent})")
    reading.must_be_empty(browser.ask(reading.CONTRAST), f"{url}, contrast of the silence")


def check_headers(url):
    """The promise that no text can run, and the requests that pages are not made for."""
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=10) as answer:
        if answer.headers["Content-Security-Policy"] != "default-src 'self'":
            raise Failed(f"{url}: the policy is {answer.headers['Content-Security-Policy']}")
    for path in ("state", "config"):
        with urllib.request.urlopen(url + path, timeout=10) as answer:
            if SECRET in answer.read().decode():
                raise Failed(f"{url}{path} shows a secret")


def inspect(browser, stream):
    """Everything that is to be seen, on a phone."""
    for part, url in stream.pages.items():
        check_headers(url)
        wait_until(f"{part} delivers", lambda address=url: browser.open(address) or (fact(browser, "Delivered") or 0) > 0 and min(points(browser) or [0]) > 2, 30)
        check_facts(browser, part)
        reading.check(browser, url)
        reading.walk(browser, url)
        check_alive(browser, url)
        check_calm(browser, url)
        check_still(browser, url, part)
        print(f"ok    {part}", flush=True)
    browser.open(url)
    check_silence(browser, url, stream)
    print("ok    silence", flush=True)


def take(browser, stream, folder):
    """The pictures of the documentation."""
    browser.show_on(DESK)
    time.sleep(PICTURE_SECONDS)
    for part, scheme, name in (("producer", "light", "producer"), ("consumer", "light", "consumer"), ("consumer", "dark", "consumer-dark")):
        browser.prefer(color_scheme=scheme)
        browser.open(stream.pages[part])
        browser.picture(folder / f"{name}.png")
    browser.show_on(PHONE)


def drive(asked, folder, browser, running):
    """Both streams one after the other."""
    if asked.pictures:
        running.append(Stream(asked.bin, folder, {"source.rate": "250/s"}))
        take(browser, running[-1], asked.pictures)
        running[-1].daemon.kill()
    settings = {"source.rate": "250/s", "kafka.group_id": HOSTILE, "kafka.client_id": LONG, "kafka.properties.ssl.key.password": SECRET}
    running.append(Stream(asked.bin, folder, settings))
    inspect(browser, running[-1])


def main():
    """Runs it in a folder of its own."""
    asked = arguments()
    program = shutil.which("chromium")
    if not program or not (asked.bin / "quickstart").is_file():
        print("missing:", "quickstart in " + str(asked.bin) if program else "chromium", file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser, running = Browser(program, Path(folder)), []
        try:
            drive(asked, Path(folder), browser, running)
        except (Failed, OSError) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
        finally:
            browser.close()
            for stream in running:
                stream.daemon.kill()
    print("pages: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
