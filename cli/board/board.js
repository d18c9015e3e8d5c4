/** Keeps the page up to date: asks for it again, and replaces the parts that have changed. */
const INTERVAL_MS = 5_000;
const looked = document.getElementById('looked');

async function follow() {
  try {
    const response = await fetch(location.pathname, { cache: 'no-store' });
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    update(next);
    looked.textContent = `Looked at ${new Date().toLocaleTimeString()}.`;
  } catch {
    looked.textContent = 'The board does not respond any more. Is the command still running?';
  }
  setTimeout(follow, INTERVAL_MS);
}

/** Whoever reads or has the focus in a part that has not changed keeps their place. */
function update(next) {
  const board = document.getElementById('board');
  const parts = [...next.getElementById('board').children];
  const isSameParts =
    parts.length === board.children.length &&
    parts.every((part, index) => part.id === board.children[index].id);
  if (isSameParts) {
    for (const [index, part] of parts.entries()) {
      const current = board.children[index];
      if (current.outerHTML !== part.outerHTML) current.replaceWith(part);
    }
  } else {
    board.replaceChildren(...parts);
  }
  document.title = next.title;
}

setTimeout(follow, INTERVAL_MS);
