"""Debian's Chromium without a window, steered over its debugging pipe: JSON between NULs, no further library."""

import base64
import json
import os
import select
import subprocess
import time

from daemons import Failed

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1000, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
SECONDS = 60


class Browser:
    """One browser with one tab, as wide as a phone."""

    def __init__(self, program, folder):
        commands_in, self.commands = os.pipe()
        self.answers, answers_out = os.pipe()
        # Chromium reads commands from descriptor 3 and answers on 4.
        line = 'exec "$0" "$@" 3<&%d 4>&%d' % (commands_in, answers_out)
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        with open(folder / "chromium.log", "wb") as log:
            self.process = subprocess.Popen(["bash", "-c", line, program, *options], pass_fds=(commands_in, answers_out), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(commands_in)
        os.close(answers_out)
        self.number, self.rest, self.session = 0, b"", None
        tab = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.show_on(PHONE)

    def call(self, method, **parameters):
        """Sends a command and returns its result."""
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        answer = self._until(lambda message: message.get("id") == self.number)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url):
        """Goes to a page and waits until it is there."""
        result = self.call("Page.navigate", url=url)
        if "errorText" in result:
            raise Failed(f"{url}: {result['errorText']}")
        self.loaded()

    def loaded(self):
        """Waits until the page under way is there."""
        self._until(lambda message: message.get("method") == "Page.loadEventFired")

    def ask(self, expression):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed(f"{expression}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def show_on(self, screen):
        """Takes the size of a screen."""
        self.call("Emulation.setDeviceMetricsOverride", **screen)

    def prefer(self, **features):
        """Sets what the user prefers, such as `color_scheme="dark"`."""
        wanted = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=wanted)

    def run_scripts(self, are_run):
        """Whether pages may run scripts; `ask` works all the same."""
        self.call("Emulation.setScriptExecutionDisabled", value=not are_run)

    def press_tab(self):
        """Moves the focus on."""
        key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **key)
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def picture(self, path):
        """Saves what the screen shows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        """Ends it."""
        os.close(self.commands)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.answers)

    def _until(self, wanted):
        deadline = time.monotonic() + SECONDS
        while True:
            message, end, rest = self.rest.partition(b"\0")
            if end:
                self.rest = rest
                message = json.loads(message)
                if wanted(message):
                    return message
                continue
            if not select.select([self.answers], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failed(f"the browser says nothing for {SECONDS} s")
            part = os.read(self.answers, 1 << 20)
            if not part:
                raise Failed("the browser ended")
            self.rest += part
