"""What makes a page readable for everybody, asked of the page itself: width, contrast, headings, tables, the keyboard."""

from browser import PHONE
from daemons import Failed

INTERACTIVE = "a[href], button:not([hidden]), summary, input:not([type=hidden]), select, textarea"

# Every element with text of its own whose contrast with what is behind it is too small. Opacity and translucent backgrounds count.
CONTRAST = """(() => {
  const parse = text => (text.match(/[0-9.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const light = rgb => rgb.map(part => part / 255).map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
  const lineage = node => node ? [...lineage(node.parentElement), node] : [];
  const found = [];
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.matches(".skip")) continue;
    let ground = [255, 255, 255], opacity = 1;
    for (const one of lineage(node)) {
      const style = getComputedStyle(one);
      ground = over(parse(style.backgroundColor), ground);
      opacity *= Number(style.opacity);
    }
    const [r, g, b, a = 1] = parse(getComputedStyle(node).color);
    const [one, other] = [light(over([r, g, b, a * opacity], ground)), light(ground)];
    const ratio = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    if (ratio < 4.5) found.push(`${node.tagName} "${node.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return found;
})()"""

# What is out of order for a screen reader.
ORDER = """(() => {
  const found = [], all = selector => [...document.querySelectorAll(selector)];
  const levels = all("h1, h2, h3, h4").map(heading => Number(heading.tagName[1]));
  if (levels[0] !== 1 || levels.filter(level => level === 1).length !== 1) found.push("not one h1 in front");
  levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`h${level} behind h${levels[at - 1]}`); });
  for (const table of all("table")) {
    if (!table.caption?.textContent.trim()) found.push("a table without a caption");
    if (!table.querySelector("th[scope]")) found.push(`a table without headers: ${table.caption?.textContent}`);
  }
  for (const link of all("a[href^='#']")) {
    if (!document.getElementById(link.hash.slice(1))) found.push(`a link to nothing: ${link.hash}`);
  }
  const ids = all("[id]").map(node => node.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  for (const picture of all("svg")) {
    if (!picture.getAttribute("aria-label")) found.push("a picture without words");
  }
  for (const landmark of ["header", "nav[aria-label]", "main", "footer"]) {
    if (all(`body ${landmark}`).length !== 1) found.push(`not one ${landmark}`);
  }
  if (!document.documentElement.lang || !document.title) found.push("no language or no title");
  if (all("[style], style, script:not([src])").length) found.push("a style or a script inside the page");
  return found;
})()"""


def must_be_empty(found, what):
    """Fails with what was found."""
    if found:
        raise Failed(f"{what}: {'; '.join(found[:8])}")


def check(browser, url):
    """Everything of it, for the page that is open."""
    fits(browser, url)
    must_be_empty(browser.ask(ORDER), f"{url}, order")
    for scheme in ("light", "dark"):
        browser.prefer(color_scheme=scheme)
        must_be_empty(browser.ask(CONTRAST), f"{url}, contrast, {scheme}")
    grounds = []
    for scheme in ("dark", "light"):
        browser.prefer(color_scheme=scheme)
        grounds.append(browser.ask("getComputedStyle(document.body).backgroundColor"))
    if grounds[0] == grounds[1]:
        raise Failed(f"{url} is the same in the dark")


def fits(browser, url):
    """Nothing sticks out, not even what can be opened, and no text ran."""
    browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = browser.ask("document.documentElement.scrollWidth")
    if wide > PHONE["width"]:
        raise Failed(f"{url} is {wide} wide, the phone {PHONE['width']}")
    if browser.ask("window.ran") is not None:
        raise Failed(f"{url} ran a text")
    if browser.ask("document.querySelectorAll('img, iframe, object, embed').length"):
        raise Failed(f"{url} has elements that are not ours")


def walk(browser, url):
    """The tabulator reaches everything that can be pressed, and shows where it is."""
    wanted = browser.ask(f"document.querySelectorAll('{INTERACTIVE}').length")
    browser.ask("document.activeElement.blur(); window.reached = new Set()")
    for _ in range(wanted + 1):
        browser.press_tab()
        if not browser.ask("document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'"):
            raise Failed(f"{url}: the focus cannot be seen")
        browser.ask(f"document.activeElement.matches('{INTERACTIVE}') && window.reached.add(document.activeElement), 0")
    reached = browser.ask("window.reached.size")
    if reached != wanted:
        raise Failed(f"{url}: the tabulator reaches {reached} of {wanted}")
