// Keeps a daemon's page fresh: asks for it again and takes over what has changed. Without this script the page shows
// the same and stands still.

const PATIENCE_MS = 5_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const main = document.querySelector("main");
const button = document.getElementById("pause");
const subject = document.title.slice(0, document.title.lastIndexOf(": "));
let answered = performance.now();
let isSilent = false;
let isPaused = false;

// Changes texts and attributes in place, so that focus, selection and a reader's place stay; children only where there
// are others than before.
function merge(old, fresh) {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  const isAlike = before.length === after.length && before.every((node, at) => node.nodeName === after[at].nodeName);
  if (!isAlike) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((node, at) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.data !== after[at].data) node.data = after[at].data;
      return;
    }
    for (const { name, value } of after[at].attributes) {
      if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    merge(node, after[at]);
  });
}

// A page that nobody answers for must not look like one that is fresh. Screen readers hear it once, not each second.
function saySilence() {
  const [word, since] = document.getElementById("silence").children;
  if (!isSilent) {
    isSilent = true;
    document.title = `${subject}: no answer`;
    document.querySelector("h1").textContent = document.title;
    word.parentElement.className = "note failed";
    word.textContent = "The daemon does not answer: what is shown here is old.";
  }
  since.textContent = ` No answer since ${Math.round((performance.now() - answered) / 1000)} s.`;
}

async function look() {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    merge(main, fresh.querySelector("main"));
    document.title = fresh.title;
    answered = performance.now();
    isSilent = false;
  } catch {
    saySilence();
  }
}

async function keepLooking() {
  if (!isPaused && !document.hidden) await look();
  later();
}

function later() {
  setTimeout(keepLooking, calm.matches && !isSilent ? 10_000 : 1_000);
}

button.hidden = false;
button.addEventListener("click", () => {
  isPaused = !isPaused;
  button.textContent = isPaused ? "Go on" : "Pause";
});
document.addEventListener("visibilitychange", () => {
  if (!isPaused && !document.hidden) look();
});
later();
