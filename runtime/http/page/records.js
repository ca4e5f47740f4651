import { readRecords } from './api.js';
import { h, keyed, setDisabled, setOptions, setText, tableBox }
  from './dom.js';
import { byText, count, plural, time } from './format.js';
import { headersCell, textCell } from './record_text.js';

const pageSize = 50;

function makeRecord(record) {
  const what = `record ${record.offset}`;
  return {
    root: h('tr', null,
      h('td', { class: 'number', text: count(record.offset) }),
      h('td', { class: 'time', text: time(record.timestamp_ms) }),
      textCell(record.key, `the key of ${what}`, 'data'),
      textCell(record.value, `the value of ${what}`),
      headersCell(record.headers)),
    update() {},
  };
}

export function makeRecords(section) {
  const empty = h('p', {
    class: 'empty',
    text: 'No topics yet, so no records. Create a topic and send one.',
  });
  const topic = h('select', { id: 'records-topic' });
  const partition = h('select', { id: 'records-partition' });
  const offset = h('input', {
    id: 'records-offset', type: 'text', inputmode: 'numeric',
    placeholder: 'newest', autocomplete: 'off',
  });
  const load = h('button', { type: 'submit', class: 'strong', text: 'Show' });
  const form = h('form', { class: 'controls' },
    h('label', { for: 'records-topic', text: 'Topic' }), topic,
    h('label', { for: 'records-partition', text: 'Partition' }), partition,
    h('label', { for: 'records-offset', text: 'From offset' }), offset, load);
  const button = (text, onclick) =>
    h('button', { type: 'button', text, disabled: true, onclick });
  const older = button('← Older', () => {
    if (page.first <= page.start) return;
    const from = Math.max(page.start, page.first - pageSize);
    read({ offset: from, count: page.first - from });
  });
  const newer = button('Newer →', () =>
    read({ offset: page.next, count: pageSize }));
  const newest = button('Newest', () => read({ count: pageSize }));
  const status = h('span', { role: 'status', class: 'facts' });
  const problem = h('p', { class: 'error', role: 'alert' });
  const rows = h('tbody');
  const table = tableBox('Records', ['#Offset', 'Time', 'Key', 'Value',
    'Headers'], rows);
  table.hidden = true;
  section.append(empty, form, h('div', { class: 'buttons' },
    older, newer, newest, status), problem, table);
  let page = null;
  let latest = [];
  let asked = 0;

  function show(answer, where) {
    const { records } = answer;
    const first = records.length > 0 ? records[0].offset : answer.next;
    page = { ...where, first, next: answer.next, start: answer.log_start };
    keyed(rows, records,
      (record) => `${where.topic}/${where.partition}/${record.offset}`,
      makeRecord);
    table.hidden = records.length === 0;
    page.end = answer.high_watermark;
    offerMoves();
    newest.disabled = false;
    const kept = page.end <= page.start
      ? `${where.topic} ${where.partition} is empty`
      : `${where.topic} ${where.partition} holds offsets ` +
        `${count(page.start)} to ${count(page.end - 1)}`;
    const last = records.length > 0 ? records[records.length - 1].offset : 0;
    setText(status, records.length === 0
      ? `No records at ${count(answer.next)}: ${kept}.`
      : `${plural(records.length, 'record')}, offsets ${count(first)} to ` +
        `${count(last)}; ${kept}.`);
  }

  async function read(values, chosen = page) {
    const where = { topic: chosen.topic, partition: chosen.partition };
    asked += 1;
    const mine = asked;
    setText(problem, '');
    try {
      const answer = await readRecords({ ...where, ...values });
      // A slower, older answer must not replace a newer one.
      if (mine === asked) show(answer, where);
    } catch (error) {
      if (mine === asked) {
        setText(problem, `The records were not read: ${error.message}`);
      }
    }
  }

  function offerPartitions() {
    const found = latest.find(({ name }) => name === topic.value);
    const numbers = (found?.partitions ?? [])
      .map((one) => one.partition).sort((a, b) => a - b);
    setOptions(partition, numbers.map((number) => [number, number]));
  }

  // Records that came since the page was read make 'Newer' useful again.
  function offerMoves() {
    if (page === null) return;
    const end = latest.find(({ name }) => name === page.topic)?.partitions
      .find((one) => one.partition === page.partition)?.high_watermark;
    setDisabled(newer, page.next >= Math.max(end ?? 0, page.end));
    setDisabled(older, page.first <= page.start);
  }

  topic.addEventListener('change', offerPartitions);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted = offset.value.trim();
    if (wanted !== '' && !/^\d+$/.test(wanted)) {
      setText(problem, 'Enter a whole number, or nothing for the newest.');
      offset.focus();
      return;
    }
    const values = wanted === '' ? {} : { offset: Number(wanted) };
    read({ ...values, count: pageSize },
      { topic: topic.value, partition: Number(partition.value) });
  });

  return {
    update({ topics }) {
      latest = topics;
      const none = topics.length === 0;
      empty.hidden = !none;
      form.hidden = none;
      newest.parentElement.hidden = none;
      setOptions(topic, topics.map(({ name }) => name).sort(byText)
        .map((name) => [name, name]));
      offerPartitions();
      offerMoves();
    },
  };
}
