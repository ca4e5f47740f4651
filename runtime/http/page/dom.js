// Building and updating the page without a framework. Everything shown
// goes through text nodes and attributes, never through HTML strings.

const svgSpace = 'http://www.w3.org/2000/svg';

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(svgSpace, tag), properties, children);
}

// Writing only what changed keeps text selections alive across updates.
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function setAttribute(node, name, value) {
  if (value === null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const wanted = value === true ? '' : String(value);
  if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

export function setAttributes(node, values) {
  for (const [name, value] of Object.entries(values)) {
    setAttribute(node, name, value);
  }
}

// A button that was just pressed keeps the keyboard focus: it is disabled
// only once the focus has moved on.
export function setDisabled(button, disabled) {
  button.disabled = disabled && button !== document.activeElement;
}

const viewsOf = new WeakMap();

// Makes the children of `parent` mirror `items`. A child stays the same
// element as long as its key is present, so focus and scrolling survive.
// makeView(item) returns {root, update(item)}.
export function keyed(parent, items, keyOf, makeView) {
  const before = viewsOf.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!after.has(key)) {
      after.set(key, { view: before.get(key) ?? makeView(item), item });
    }
  }
  for (const [key, view] of before) {
    if (!after.has(key)) view.root.remove();
  }
  const kept = new Map();
  let cursor = parent.firstChild;
  for (const [key, { view, item }] of after) {
    view.update(item);
    if (view.root === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(view.root, cursor);
    kept.set(key, view);
  }
  viewsOf.set(parent, kept);
}

// For options of a <select>: keeps the choice if it is still offered.
export function setOptions(select, options) {
  const signature = JSON.stringify(options);
  if (select.dataset.offered === signature) return;
  const chosen = select.value;
  select.dataset.offered = signature;
  select.replaceChildren(
    ...options.map(([value, label]) => h('option', { value, text: label })),
  );
  if (options.some(([value]) => String(value) === chosen)) {
    select.value = chosen;
  }
}

// 'and 936 more partitions' with a button that draws some of them.
export function makeMore(noun, step, redraw) {
  const words = h('span');
  const button = h('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => {
      more.limit += step;
      redraw();
    },
  });
  const root = h('p', { class: 'more', hidden: true }, words, button);
  const more = {
    root,
    limit: step,
    update(total, note = '') {
      const rest = total - more.limit;
      root.hidden = rest <= 0;
      if (rest <= 0) return;
      setText(words, `and ${rest.toLocaleString('en')} more ${noun}${note}`);
      setText(button, `Show ${Math.min(rest, step)} more`);
      setAttribute(button, 'aria-label',
        `Show ${Math.min(rest, step)} more ${noun}`);
    },
  };
  return more;
}

export function tableBox(label, headings, body) {
  const row = h('tr', null, ...headings.map((heading) => {
    const number = heading.startsWith('#');
    return h('th', {
      scope: 'col',
      class: number ? 'number' : null,
      text: number ? heading.slice(1) : heading,
    });
  }));
  return h('div', {
    class: 'table-box',
    tabindex: '0',
    role: 'region',
    'aria-label': label,
  }, h('table', null, h('thead', null, row), body));
}

// Calls back with the width an element really has, now and on changes:
// pictures are laid out in pixels so that their text never shrinks.
export function watchWidth(node, changed) {
  let width = 0;
  new ResizeObserver((entries) => {
    const now = Math.floor(entries[0].contentRect.width);
    if (now === width || now === 0) return;
    width = now;
    changed(now);
  }).observe(node);
}
