// Keys, values and headers of records as cells: long ones are cut until
// somebody asks for the rest.

import { h, setText } from './dom.js';
import { count, none } from './format.js';

const shownAtFirst = 160;

export function textCell(text, what, style = 'data value') {
  if (text === null) {
    return h('td', { class: 'absent', text: none, title: 'null' });
  }
  if (text.length <= shownAtFirst) return h('td', { class: style, text });
  const words = h('span', { text: `${text.slice(0, shownAtFirst)}…` });
  const button = h('button', {
    type: 'button', class: 'quiet', 'aria-expanded': 'false',
  });
  let open = false;
  function show() {
    setText(words, open ? text : `${text.slice(0, shownAtFirst)}…`);
    setText(button, open
      ? 'Show less' : `Show all ${count(text.length)} characters`);
    button.setAttribute('aria-expanded', String(open));
    button.setAttribute('aria-label', `${button.textContent} of ${what}`);
  }
  button.addEventListener('click', () => {
    open = !open;
    show();
  });
  show();
  return h('td', { class: style }, words, ' ', button);
}

export function headersCell(headers) {
  if (headers.length === 0) return h('td', { class: 'absent', text: none });
  const words = headers
    .map(({ key, value }) => `${key}: ${value ?? none}`).join('\n');
  return textCell(words, 'the headers');
}
