"""The checks can fail: each copy of `infra/` that is broken in one way is seen by the step that it is for."""

import shutil
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import agreement
import cloud
import files
import policies
import security
import variants
from breakages import BREAKAGES
from daemons import Failed
from stage import Root

SAID = 600  # signs of what a step said that missed something


def perform(stage):
    """Breaks and looks; all ways are tried."""
    with ExitStack() as stack:
        bench = Bench(stage, stack)
        stage.each(bench.judge, BREAKAGES)
    counts = Counter(breakage.step for breakage in BREAKAGES)
    return f"{len(BREAKAGES)} ways seen: {', '.join(f'{step} {count}' for step, count in counts.items())}"


class Bench:
    """Where copies are broken and looked at. One method for each step gives what the step says."""

    def __init__(self, stage, stack):
        self.stage = stage
        self.binaries = agreement.Binaries(stage.binaries)
        self.well = {str(made): made for made in stage.plans}
        published = variants.published_by([self.well["platform dev"]])
        self.pools = {"platform": stack.enter_context(stage.pool()), "app": stack.enter_context(stage.pool(published))}
        self.answer = policies.question(stage.plans).put(stage)
        self.sound = stage.copy("sound")
        variants.prepare(self.sound, self.pools["app"])

    def judge(self, breakage):
        """Fails unless the step says what it has to say."""
        tree = self.stage.folder / f"broken-{BREAKAGES.index(breakage)}"
        shutil.copytree(self.sound, tree, symlinks=True)
        if breakage.file:
            damage(tree / "infra" / breakage.file, breakage)
        try:
            said = list(getattr(self, breakage.step)(breakage, tree))
        except Failed as failed:
            said = [str(failed)]
        if not any(breakage.expected in text for text in said):
            raise Failed(f"{breakage.step} does not see {breakage.what} in {breakage.root}; it said: {'; '.join(said)[:SAID] or 'nothing'}")

    def format(self, _, tree):
        """Of the files."""
        files.check_format(tree / "infra")
        return []

    def validate(self, breakage, tree):
        """Of one root."""
        with self._root(breakage, tree) as root:
            return [files.sentence(one) for one in root.diagnostics()]

    def tests(self, breakage, tree):
        """Of one root."""
        with self._root(breakage, tree) as root:
            files.run_tests(root)
        return []

    def plans(self, breakage, tree):
        """Of the variant dev."""
        self._made(breakage, tree, is_applied=True)
        return []

    def policies(self, breakage, tree):
        """Of its plan."""
        made = self._made(breakage, tree)
        asked = policies.question([made])
        return policies.findings(made.plan, self.answer if asked.is_answered_by(self.answer) else asked.put(self.stage))

    def agreement(self, breakage, tree):
        """Of its plan, and of an app that is well on a platform that is not."""
        made = self._made(breakage, tree, is_applied=breakage.root == "platform")  # what it publishes is known only then
        yield from agreement.findings(made, self.binaries)
        if breakage.root == "platform":
            yield from agreement.findings(replace(self.well["app version"], platform=made), self.binaries)
        else:
            yield from agreement.coverage_findings([made.plan])

    def checkov(self, breakage, tree):
        """Of the folder that is broken."""
        folder = (tree / "infra" / breakage.file).parent
        return map(security.sentence, security.run(self.stage, "--directory", folder, "--framework", "terraform")["failed"])

    def cloud(self, breakage, tree):
        """Of its plan."""
        return cloud.play(self.stage, [self._made(breakage, tree)])[1]

    def _made(self, breakage, tree, is_applied=False):
        """The variant dev of the broken copy."""
        well = self.well[f"{breakage.root} dev"]
        variant = replace(well.variant, is_applied=is_applied, variables={**well.variant.variables, **breakage.variables})
        return variants.make(tree, self.pools[breakage.root], variant, well.platform)

    @contextmanager
    def _root(self, breakage, tree):
        """Terraform in the broken root."""
        with self.pools[breakage.root].one() as environment:
            yield Root(tree, breakage.root, environment)


def damage(path: Path, breakage):
    """Breaks a file."""
    text = path.read_text(encoding="utf-8")
    if breakage.before is None:
        path.write_text(breakage.after, encoding="utf-8")
    elif text.count(breakage.before) == 1:
        path.write_text(text.replace(breakage.before, breakage.after), encoding="utf-8")
    else:
        raise Failed(f"{breakage.file} has {text.count(breakage.before)} times what is to be broken for {breakage.what}: {breakage.before!r}")
