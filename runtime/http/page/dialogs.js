// Result messages, and the question before something is done.

import { h, setText } from './dom.js';

const shownMs = 12000;

function show(text, style, stays) {
  const notice = h('div', { class: `notice ${style}` },
    h('span', { text }),
    h('button', {
      type: 'button',
      class: 'quiet',
      text: 'Dismiss',
      onclick: () => notice.remove(),
    }));
  const places = document.getElementById('notices');
  places.append(notice);
  while (places.children.length > 4) places.firstChild.remove();
  if (!stays) setTimeout(() => notice.remove(), shownMs);
}

export function showResult(text) {
  show(text, 'done', false);
}

// Problems stay until dismissed: nobody should miss one by looking away.
export function showProblem(text) {
  show(text, 'failed', true);
}

// Asks, runs `act`, and tells the outcome. The dialog stays open when the
// server refuses, because a message behind it would not be seen.
export function confirmAndDo(question) {
  const problem = h('p', { class: 'error', role: 'alert' });
  const go = h('button', {
    type: 'button',
    class: 'strong',
    text: question.verb,
  });
  const cancel = h('button', { type: 'button', text: 'Cancel' });
  const dialog = h('dialog', { 'aria-labelledby': 'confirm-title' },
    h('h2', { id: 'confirm-title', text: question.title }),
    h('p', { text: question.text }),
    problem,
    h('div', { class: 'buttons' }, cancel, go));
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  go.addEventListener('click', async () => {
    go.disabled = true;
    setText(problem, '');
    try {
      const words = await question.act();
      dialog.close();
      showResult(words);
    } catch (error) {
      setText(problem, error.message);
      go.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
}
