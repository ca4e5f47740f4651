import { h, keyed, makeMore, setAttributes, setText, svg, tableBox }
  from './dom.js';
import { byText, count, duration, rate } from './format.js';
import { consumerKey } from './history.js';

const drawnAtOnce = 64;
const partitionsNamed = 4;

// One shape per kind of activity: the colour only repeats what it says.
const shapes = {
  working: 'M3 2l10 6-10 6z',
  waiting: 'M3 1h10v2L9 8l4 5v2H3v-2l4-5-4-5z',
  retrying: 'M8 1l7 7-7 7-7-7z',
  paused: 'M3 2h4v12H3zM9 2h4v12H9z',
  open: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zM4 7v2h8V7z',
  idle: 'M8 2a6 6 0 100 12A6 6 0 008 2zm0 2a4 4 0 110 8 4 4 0 010-8z',
};

function kindOf(activity) {
  if (activity.startsWith('circuit')) return 'open';
  const first = activity.split(' ')[0];
  return Object.hasOwn(shapes, first) ? first : 'waiting';
}

export function activityWords(consumer) {
  const { activity, activity_ms: ms } = consumer;
  const kind = kindOf(activity);
  const timed = kind === 'waiting' || kind === 'open';
  return timed && ms !== null ? `${activity} ${duration(ms)}` : activity;
}

function partitionWords(partitions) {
  const byTopic = new Map();
  for (const { topic, partition } of partitions.slice(0, partitionsNamed)) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  const words = [...byTopic].map(([topic, numbers]) =>
    `${topic} ${numbers.join(', ')}`).join('; ');
  const rest = partitions.length - partitionsNamed;
  if (partitions.length === 0) return 'none';
  return rest > 0 ? `${words} and ${rest} more` : words;
}

function makeRow(first, history) {
  const shape = svg('path', { 'fill-rule': 'evenodd' });
  const mark = svg('svg', {
    viewBox: '0 0 16 16', width: 12, height: 12, 'aria-hidden': 'true',
  }, shape);
  const activity = h('span');
  const cell = (style) => h('td', { class: style });
  const partitions = cell(null);
  const numbers = [0, 1, 2, 3].map(() => cell('number'));
  const problem = cell('problem');
  const root = h('tr', null,
    h('th', { scope: 'row', text: first.name }),
    h('td', { text: first.group }),
    h('td', { class: 'activity' }, mark, activity),
    partitions, ...numbers, problem);
  return {
    root,
    update(consumer) {
      const kind = kindOf(consumer.activity);
      setAttributes(mark, { class: `mark ${kind}` });
      setAttributes(shape, { d: shapes[kind] });
      const words = activityWords(consumer);
      setText(activity, consumer.state === 'active'
        ? words : `${consumer.state}, ${words}`);
      setText(partitions, partitionWords(consumer.partitions));
      [
        count(consumer.handled),
        rate(history.consumerRate(consumer)),
        count(consumer.retried),
        count(consumer.dead_letters),
      ].forEach((value, at) => setText(numbers[at], value));
      setText(problem, consumer.last_problem);
    },
  };
}

export function makeConsumers(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No consumers are connected. Start one to see what it does.',
  });
  const filter = h('input', {
    id: 'consumer-filter',
    type: 'search',
    placeholder: 'name, group, activity or problem',
    oninput: context.redraw,
  });
  const controls = h('div', { class: 'controls' },
    h('label', { for: 'consumer-filter', text: 'Filter' }), filter);
  const rows = h('tbody');
  const table = tableBox('Consumers', ['Consumer', 'Group', 'Activity',
    'Partitions', '#Handled', '#Per second', '#Retried', '#Dead',
    'Last problem'], rows);
  const nothing = h('p', { class: 'empty', hidden: true,
    text: 'No consumer matches the filter. Clear it to see all.' });
  const more = makeMore('consumers', drawnAtOnce, context.redraw);
  section.append(empty, controls, table, nothing, more.root);

  function matches(consumer, wanted) {
    return [consumer.name, consumer.group, consumer.activity,
      consumer.last_problem].some((words) =>
      words.toLowerCase().includes(wanted));
  }

  return {
    update({ consumers }) {
      const any = consumers.length > 0;
      empty.hidden = any;
      controls.hidden = !any;
      const wanted = filter.value.trim().toLowerCase();
      const found = consumers
        .filter((consumer) => matches(consumer, wanted))
        .sort((a, b) => byText(a.group, b.group) || byText(a.name, b.name));
      table.hidden = found.length === 0;
      nothing.hidden = !any || found.length > 0;
      keyed(rows, found.slice(0, more.limit), consumerKey,
        (consumer) => makeRow(consumer, context.history));
      more.update(found.length);
    },
  };
}
