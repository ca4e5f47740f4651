import { readDead, replay } from './api.js';
import { confirmAndDo } from './dialogs.js';
import { h, keyed, makeMore, setDisabled, setText, tableBox }
  from './dom.js';
import { byText, count, plural, time } from './format.js';
import { textCell } from './record_text.js';

const lettersAtOnce = 50;
const listsAtOnce = 24;
const readAgainMs = 5000;

function askReplay(topic, group, offset, words, done) {
  confirmAndDo({
    title: 'Replay dead letters',
    text: `${words} of ${topic} will be handled by ${group} again.`,
    verb: 'Replay',
    async act() {
      const answer = await replay(topic, group, offset);
      done();
      return `${plural(answer.replayed, 'dead letter')} of ${topic} sent ` +
        `to ${group} again.`;
    },
  });
}

function makeLetter(letter, topic, group, done) {
  const one = h('button', {
    type: 'button',
    class: 'quiet',
    text: 'Replay to here',
    'aria-label': `Replay the dead letters up to ${letter.offset}`,
    onclick: () => askReplay(topic, group, letter.offset,
      `The dead letters up to number ${letter.offset}`, done),
  });
  const root = h('tr', null,
    h('td', { class: 'number', text: count(letter.offset) }),
    h('td', { class: 'time', text: time(letter.posted_ms) }),
    h('td', { class: 'problem', text: letter.reason }),
    h('td', { class: 'number', text: count(letter.attempts) }),
    h('td', { class: 'number',
      text: `${letter.partition} / ${count(letter.record_offset)}` }),
    textCell(letter.key, `the key of dead letter ${letter.offset}`, 'data'),
    textCell(letter.value, `the value of dead letter ${letter.offset}`),
    h('td', { class: 'action' }, one));
  return { root, update() {} };
}

function makeList(first, context) {
  const { topic, group } = first;
  const facts = h('span', { class: 'facts' });
  const problem = h('p', { class: 'error', role: 'alert' });
  const none = h('p', { class: 'empty', hidden: true,
    text: 'No letters are left here: all were replayed.' });
  const rows = h('tbody');
  const more = makeMore('letters', lettersAtOnce, show);
  const details = h('details', null,
    h('summary', { text: `Letters of ${topic} for ${group}` }),
    problem, none,
    tableBox(`Dead letters of ${topic} for ${group}`, ['#Letter', 'Posted',
      'Reason', '#Attempts', '#Partition / offset', 'Key', 'Value', ''],
    rows), more.root);
  let letters = [];
  let readMs = 0;
  let readCount = null;
  let counted = first.letters;
  const all = h('button', {
    type: 'button',
    text: 'Replay all',
    'aria-label': `Replay all dead letters of ${topic} for ${group}`,
    onclick: () => askReplay(topic, group, -1,
      plural(counted, 'dead letter'), read),
  });

  function show() {
    none.hidden = readCount === null || letters.length > 0;
    keyed(rows, letters.slice(0, more.limit),
      (letter) => letter.offset,
      (letter) => makeLetter(letter, topic, group, read));
    more.update(letters.length);
  }

  async function read() {
    if (!details.open) return;
    readMs = Date.now();
    readCount = counted;
    try {
      letters = (await readDead(topic, group)).letters;
      setText(problem, '');
      show();
    } catch (error) {
      setText(problem, `The letters were not read: ${error.message}`);
    }
  }

  details.addEventListener('toggle', read);
  return {
    root: h('article', { class: 'card' },
      h('header', { class: 'card-head' },
        h('h3', { text: `${topic} → ${group}` }), facts,
        h('div', { class: 'buttons action' }, all)),
      details),
    update(dead) {
      counted = dead.letters;
      setText(facts, plural(counted, 'dead letter'));
      setDisabled(all, counted === 0);
      const due = Date.now() - readMs > readAgainMs;
      if (details.open && counted !== readCount && due) read();
    },
  };
}

export function makeDeadLetters(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No dead letters. Records a group gives up on are listed here; ' +
      'from here they can be replayed.',
  });
  const list = h('div', { class: 'cards' });
  const more = makeMore('lists', listsAtOnce, context.redraw);
  section.append(empty, list, more.root);
  return {
    update({ dead }) {
      empty.hidden = dead.length > 0;
      const sorted = [...dead].sort((a, b) =>
        byText(a.topic, b.topic) || byText(a.group, b.group));
      keyed(list, sorted.slice(0, more.limit),
        ({ topic, group }) => `${topic}/${group}`,
        (first) => makeList(first, context));
      more.update(dead.length);
    },
  };
}
