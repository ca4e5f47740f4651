import { h, keyed, setText } from './dom.js';
import { bytes, count, duration, plural, rate } from './format.js';
import { groupLag } from './history.js';

const problemsShown = 8;

const tiles = [
  ['Records in', (s, history) => `${rate(history.recordsIn())} /s`],
  ['Handled', (s, history) => `${rate(history.handled())} /s`],
  ['Total lag', (s) => count(totalLag(s))],
  ['Dead letters', (s) => count(deadLetters(s))],
  ['Uptime', (s) => duration(s.now_ms - s.node.started_ms)],
  ['Log size', (s) => bytes(s.node.log_bytes)],
  ['Disk free', (s) => bytes(s.node.disk_free_bytes)],
  ['Version', (s) => s.node.version],
];

function totalLag(snapshot) {
  return snapshot.groups.reduce((sum, group) => sum + groupLag(group), 0);
}

function deadLetters(snapshot) {
  return snapshot.dead.reduce((sum, dead) => sum + dead.letters, 0);
}

function problemsOf(snapshot) {
  const problems = [...snapshot.node.problems, ...snapshot.problems];
  const offline = snapshot.node.partitions_offline;
  if (offline > 0) {
    problems.unshift(`${plural(offline, 'partition')} offline`);
  }
  const unique = [...new Set(problems)];
  if (unique.length <= problemsShown) return unique;
  const rest = unique.length - problemsShown;
  return [...unique.slice(0, problemsShown),
    `and ${plural(rest, 'more problem')}`];
}

export function makeOverview(section, { history }) {
  const list = h('ul');
  const banner = h('div', { class: 'banner', role: 'alert', hidden: true },
    h('strong', { text: 'Problems' }), list);
  const values = tiles.map(() => h('dd'));
  const numbers = h('dl', { class: 'tiles' }, ...tiles.map(([name], at) =>
    h('div', null, h('dt', { text: name }), values[at])));
  const identity = h('p', { class: 'facts' });
  section.append(banner, numbers, identity);

  return {
    update(snapshot) {
      const problems = problemsOf(snapshot);
      banner.hidden = problems.length === 0;
      keyed(list, problems, (problem) => problem, (problem) => ({
        root: h('li', { text: problem }),
        update() {},
      }));
      tiles.forEach(([, valueOf], at) => {
        setText(values[at], valueOf(snapshot, history));
      });
      const partitions = snapshot.topics.reduce(
        (sum, topic) => sum + topic.partitions.length, 0);
      setText(identity, [
        `Node ${snapshot.node.node_id}`,
        `cluster ${snapshot.node.cluster_id}`,
        plural(snapshot.topics.length, 'topic'),
        plural(partitions, 'partition'),
        plural(snapshot.groups.length, 'group'),
        plural(snapshot.consumers.length, 'consumer'),
      ].join(' · '));
    },
  };
}
