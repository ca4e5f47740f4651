// Moving a group's positions: first shown, then done. 'Do it' only ever
// sends exactly what the preview on screen was made for.

import { reset } from './api.js';
import { showResult } from './dialogs.js';
import { h, keyed, makeMore, setText, tableBox } from './dom.js';
import { byText, count, plural } from './format.js';

const entriesAtOnce = 64;

const targets = [
  ['earliest', 'Earliest: everything again', []],
  ['latest', 'Latest: skip to new records', []],
  ['offset', 'Offset', [h('input', {
    type: 'number', min: '0', step: '1', value: '0', 'aria-label': 'Offset',
  })]],
  ['timestamp', 'Time', [h('input', {
    type: 'datetime-local', step: '1', 'aria-label': 'Time',
  })]],
  ['ago', 'Time ago', [h('input', {
    type: 'number', min: '1', step: '1', value: '5',
    'aria-label': 'How long ago',
  }), h('select', { 'aria-label': 'Unit' },
    h('option', { value: 'm', text: 'minutes' }),
    h('option', { value: 's', text: 'seconds' }),
    h('option', { value: 'h', text: 'hours' }),
    h('option', { value: 'd', text: 'days' }))]],
];

function targetOf(kind, fields) {
  if (kind === 'earliest' || kind === 'latest') return kind;
  const value = fields[0].value.trim();
  if (kind === 'timestamp') {
    const timestamp = new Date(value).getTime();
    if (Number.isNaN(timestamp)) throw new Error('Choose a date and a time.');
    return { timestamp };
  }
  if (!/^\d+$/.test(value)) throw new Error('Enter a whole number.');
  return kind === 'offset'
    ? { offset: Number(value) } : { ago: value + fields[1].value };
}

function makeEntry() {
  const cells = [null, 'number', 'number', 'number', 'number'].map((style) =>
    h('td', { class: style }));
  return {
    root: h('tr', null, ...cells),
    update(entry) {
      [
        `${entry.topic} ${entry.partition}`,
        entry.from === null ? 'none' : count(entry.from),
        count(entry.to),
        count(entry.replayed),
        count(entry.skipped),
      ].forEach((words, at) => setText(cells[at], words));
    },
  };
}

function sums(entries) {
  const sum = (name) =>
    entries.reduce((total, entry) => total + entry[name], 0);
  return `${plural(sum('replayed'), 'record')} replayed, ` +
    `${plural(sum('skipped'), 'record')} skipped`;
}

function choices(positions, topic) {
  return [['-1', 'all'], ...positions
    .filter((position) => position.topic === topic)
    .map((position) => position.partition)
    .sort((a, b) => a - b)
    .map((partition) => [String(partition), String(partition)])]
    .map(([value, label]) => h('option', { value, text: label }));
}

export function openReset(group) {
  const topics = [...new Set(group.positions.map(({ topic }) => topic))]
    .sort(byText);
  const topic = h('select', { id: 'reset-topic' },
    ...topics.map((name) => h('option', { value: name, text: name })));
  const partition = h('select', { id: 'reset-partition' });
  const radios = targets.map(([kind]) => h('input', {
    type: 'radio', name: 'to', value: kind, id: `reset-${kind}`,
    checked: kind === 'earliest',
  }));
  const lines = targets.map(([kind, label, fields], at) => h('div', {
    class: 'choice',
  }, radios[at], h('label', { for: `reset-${kind}`, text: label }),
  ...fields));
  const problem = h('p', { class: 'error', role: 'alert' });
  const rows = h('tbody');
  const more = makeMore('partitions', entriesAtOnce, draw);
  const total = h('p', { role: 'status' });
  const outcome = h('div', { hidden: true }, total,
    tableBox('Preview', ['Partition', '#From', '#To', '#Replayed',
      '#Skipped'], rows), more.root);
  const preview = h('button', { type: 'submit', text: 'Preview' });
  const go = h('button', {
    type: 'button', class: 'strong', text: 'Do it', disabled: true,
  });
  const cancel = h('button', { type: 'button', text: 'Cancel' });
  const members = group.members.length;
  const form = h('form', null,
    h('div', { class: 'controls' },
      h('label', { for: 'reset-topic', text: 'Topic' }), topic,
      h('label', { for: 'reset-partition', text: 'Partition' }), partition),
    h('fieldset', null, h('legend', { text: 'New position' }), ...lines),
    problem, outcome,
    h('div', { class: 'buttons' }, cancel, preview, go));
  const dialog = h('dialog', { 'aria-labelledby': 'reset-title' },
    h('h2', { id: 'reset-title',
      text: `Reset positions of ${group.group}` }),
    h('p', { class: 'note', hidden: members === 0,
      text: `This group has ${plural(members, 'consumer')}. Only a group ` +
        'without consumers can be reset: stop them first.' }),
    form);
  let previewed = null;
  let shown = [];

  function draw() {
    keyed(rows, shown.slice(0, more.limit),
      (entry) => `${entry.topic}/${entry.partition}`, makeEntry);
    more.update(shown.length);
  }

  function forget() {
    previewed = null;
    go.disabled = true;
    outcome.hidden = true;
    setText(problem, '');
  }

  function request() {
    const at = radios.findIndex((radio) => radio.checked);
    return {
      group: group.group,
      topic: topic.value,
      partition: Number(partition.value),
      to: targetOf(targets[at][0], targets[at][2]),
    };
  }

  async function show() {
    forget();
    try {
      const asked = request();
      const { entries } = await reset({ ...asked, preview: true });
      const unchanged = JSON.stringify(asked) === JSON.stringify(request());
      if (!unchanged || !dialog.open) return;
      shown = entries;
      draw();
      setText(total, `Would change ${plural(entries.length, 'partition')}: ` +
        `${sums(entries)}.`);
      outcome.hidden = false;
      go.disabled = entries.length === 0;
      previewed = asked;
    } catch (error) {
      setText(problem, error.message);
    }
  }

  async function act() {
    if (previewed === null) return;
    go.disabled = true;
    setText(problem, '');
    try {
      const { entries } = await reset({ ...previewed, preview: false });
      dialog.close();
      showResult(`Reset ${plural(entries.length, 'partition')} of ` +
        `${group.group}: ${sums(entries)}.`);
    } catch (error) {
      forget();
      setText(problem, error.message);
    }
  }

  function offerPartitions() {
    partition.replaceChildren(...choices(group.positions, topic.value));
  }

  // Typing a value means choosing its line.
  targets.forEach(([, , fields], at) => fields.forEach((field) => {
    field.oninput = () => {
      radios[at].checked = true;
    };
  }));
  offerPartitions();
  topic.addEventListener('change', offerPartitions);
  form.addEventListener('input', forget);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    show();
  });
  go.addEventListener('click', act);
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
