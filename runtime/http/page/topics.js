import { h, keyed, makeMore, setAttribute, setText } from './dom.js';
import { byText, bytes, count, niceAbove, plural, rate } from './format.js';

const drawnAtOnce = 32;

function recordsIn(partition) {
  return Math.max(0, partition.high_watermark - partition.start);
}

function makePartition(topicName, history) {
  const name = h('span', { class: 'bar-name' });
  const fill = h('span', { class: 'bar-fill' });
  const records = h('span', { class: 'number records' });
  const newest = h('span', { class: 'number newest' });
  const speed = h('span', { class: 'number speed' });
  const failure = h('span', { class: 'failure' });
  const root = h('li', { class: 'bar-row' }, name,
    h('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
    records, newest, speed, failure);
  return {
    root,
    update({ partition, scale }) {
      const number = partition.partition;
      const part = Math.min(1, recordsIn(partition) / scale);
      setText(name, `partition ${number}`);
      fill.style.transform = `scaleX(${part.toFixed(4)})`;
      setText(records, plural(recordsIn(partition), 'record'));
      const last = partition.high_watermark - 1;
      setText(newest, last < partition.start
        ? 'none yet' : `newest ${count(last)}`);
      setText(speed, `${rate(history.partitionRate(topicName, number))} /s`);
      setText(failure, partition.failure && `✕ ${partition.failure}`);
      root.classList.toggle('failed', partition.failure !== '');
    },
  };
}

function makeTopic(first, context) {
  const { history, redraw } = context;
  const more = makeMore('partitions', drawnAtOnce, redraw);
  const facts = h('span', { class: 'facts' });
  const list = h('ul', { class: 'bars' });
  const root = h('article', { class: 'card' },
    h('header', { class: 'card-head' },
      h('h3', { text: first.name }), facts),
    list, more.root);

  return {
    root,
    update(topic) {
      const partitions = topic.partitions;
      const most = partitions.reduce(
        (max, partition) => Math.max(max, recordsIn(partition)), 0);
      const scale = niceAbove(most);
      const total = partitions.reduce((sum, p) => sum + recordsIn(p), 0);
      const size = partitions.reduce((sum, p) => sum + p.size_bytes, 0);
      const speed = partitions.reduce((sum, p) => sum +
        (history.partitionRate(topic.name, p.partition) ?? 0), 0);
      setText(facts, [
        plural(partitions.length, 'partition'),
        plural(total, 'record'),
        bytes(size),
        `${rate(speed)} /s`,
        `full bar = ${plural(scale, 'record')}`,
      ].join(' · '));
      setAttribute(list, 'aria-label', `Partitions of ${topic.name}`);
      keyed(list,
        partitions.slice(0, more.limit)
          .map((partition) => ({ partition, scale })),
        ({ partition }) => partition.partition,
        () => makePartition(topic.name, history));
      more.update(partitions.length);
    },
  };
}

export function makeTopics(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No topics yet. Create one, or let a producer send a first record.',
  });
  const list = h('div', { class: 'cards' });
  const more = makeMore('topics', drawnAtOnce, context.redraw);
  section.append(empty, list, more.root);
  return {
    update({ topics }) {
      empty.hidden = topics.length > 0;
      const sorted = [...topics].sort((a, b) => byText(a.name, b.name));
      keyed(list, sorted.slice(0, more.limit), (topic) => topic.name,
        (topic) => makeTopic(topic, context));
      more.update(topics.length);
    },
  };
}
