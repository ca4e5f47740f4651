import { pause } from './api.js';
import { activityWords } from './consumers.js';
import { showProblem, showResult } from './dialogs.js';
import { h, keyed, makeMore, setDisabled, setText, tableBox }
  from './dom.js';
import { byText, count, duration, plural } from './format.js';
import { makeGroupPicture } from './group_picture.js';
import { groupLag, partitionKey } from './history.js';
import { makeOwners } from './owners.js';
import { openReset } from './reset_dialog.js';

const drawnAtOnce = 24;
const groupsAtOnce = 12;

async function setPaused(group, topic, partition, paused) {
  try {
    const answer = await pause(group, topic, partition, paused);
    const verb = paused ? 'Paused' : 'Resumed';
    const words = plural(answer.changed, 'partition');
    showResult(`${verb} ${words} of ${group}.`);
  } catch (error) {
    const verb = paused ? 'paused' : 'resumed';
    showProblem(`${group} was not ${verb}: ${error.message}`);
  }
}

function makeRow(groupName) {
  const fields = [0, 1, 2, 3, 4, 5, 6].map((at) =>
    h('td', { class: at > 1 && at < 6 ? 'number' : null }));
  let paused = false;
  let where = null;
  const button = h('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => setPaused(groupName, where.topic, where.partition,
      !paused),
  });
  const root = h('tr', null, ...fields,
    h('td', { class: 'action' }, button));
  return {
    root,
    update({ position, now }) {
      where = position;
      paused = position.paused;
      const age = position.oldest_ms === null
        ? null : now - position.oldest_ms;
      [
        `${position.topic} ${position.partition}`,
        position.owner ?? 'no owner',
        count(position.committed),
        count(position.end),
        count(position.lag),
        duration(age),
        paused ? 'paused' : 'reading',
      ].forEach((words, at) => setText(fields[at], words));
      setText(button, paused ? 'Resume' : 'Pause');
      button.setAttribute('aria-label', `${button.textContent} ` +
        `${position.topic} ${position.partition} of ${groupName}`);
    },
  };
}

// An owner that is not (or no longer) a member still has to be drawn.
function membersOf(group, drawn, consumers) {
  const activities = new Map(consumers
    .filter((consumer) => consumer.group === group.group)
    .map((consumer) => [consumer.name, activityWords(consumer)]));
  const known = new Map(group.members.map((member) => [member.name, member]));
  for (const { owner } of group.positions) {
    if (owner === null || known.has(owner)) continue;
    known.set(owner, { name: owner, state: 'not connected',
      partitions_owned: 0, partitions_revoking: 0 });
  }
  const named = [...known.values()].sort((a, b) => byText(a.name, b.name));
  const owning = new Set(drawn.map((position) => position.owner));
  const first = named.filter((member) => owning.has(member.name));
  const others = named.filter((member) => !owning.has(member.name));
  const room = Math.max(0, Math.max(8, drawn.length) - first.length);
  const shown = [...first, ...others.slice(0, room)]
    .sort((a, b) => byText(a.name, b.name))
    .map((member) => ({
      ...member,
      activity: activities.get(member.name) ?? member.state,
    }));
  return { shown, names: named.map((member) => member.name) };
}

function makeGroup(first, context) {
  const name = first.group;
  const owners = makeOwners();
  const picture = makeGroupPicture(owners);
  const facts = h('span', { class: 'facts' });
  const more = makeMore('partitions', drawnAtOnce, context.redraw);
  const rest = h('p', { class: 'note' });
  const rows = h('tbody');
  const table = h('details', { ontoggle: context.redraw },
    h('summary', { text: 'Partitions as a table' }),
    tableBox(`Partitions of ${name}`, ['Partition', 'Owner', '#Committed',
      '#End', '#Lag', '#Oldest unread', 'State', ''], rows));
  const every = (paused) => () => setPaused(name, '', -1, paused);
  let latest = first;
  const pauseAll = h('button', {
    type: 'button', text: 'Pause', 'aria-label': `Pause ${name}`,
    onclick: every(true),
  });
  const resumeAll = h('button', {
    type: 'button', text: 'Resume', 'aria-label': `Resume ${name}`,
    onclick: every(false),
  });
  const resetAll = h('button', {
    type: 'button', text: 'Reset positions …',
    'aria-label': `Reset positions of ${name}`,
    onclick: () => openReset(latest),
  });
  const root = h('article', { class: 'card' },
    h('header', { class: 'card-head' },
      h('h3', { text: name }), facts,
      h('div', { class: 'buttons action' }, pauseAll, resumeAll, resetAll)),
    picture.root, rest, more.root, table);

  return {
    root,
    update({ group, now, consumers }) {
      latest = group;
      const sorted = [...group.positions].sort((a, b) =>
        byText(a.topic, b.topic) || a.partition - b.partition);
      const drawn = sorted.slice(0, more.limit);
      const { shown, names } = membersOf(group, drawn, consumers);
      owners.keep(names);
      const paused = sorted.filter((position) => position.paused).length;
      const unowned = sorted.filter((p) => p.owner === null).length;
      const lag = groupLag(group);
      const words = [
        group.state,
        `epoch ${group.epoch}`,
        plural(group.members.length, 'consumer'),
        lag === null ? 'lag unknown' : `lag ${count(lag)}`,
      ];
      if (paused > 0) words.push(`${count(paused)} paused`);
      if (unowned > 0) words.push(`${count(unowned)} without owner`);
      setText(facts, words.join(' · '));
      setDisabled(resumeAll, paused === 0);
      setDisabled(pauseAll, paused === sorted.length);
      setDisabled(resetAll, sorted.length === 0);
      picture.update({ name, positions: drawn, members: shown,
        all: sorted });
      const hidden = names.length - shown.length;
      rest.hidden = hidden <= 0;
      setText(rest, `${plural(hidden, 'more consumer')} not drawn; ` +
        'the list of consumers below has them.');
      more.update(sorted.length);
      if (table.open) {
        keyed(rows, drawn.map((position) => ({ position, now })),
          ({ position }) => partitionKey(position.topic, position.partition),
          () => makeRow(name));
      }
    },
  };
}

export function makeGroups(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No groups yet. A group appears when its first consumer connects.',
  });
  const legend = h('p', { class: 'note',
    text: 'A bar shows how far a group has read, from the oldest record ' +
      'kept to the newest.' });
  const list = h('div', { class: 'cards' });
  const more = makeMore('groups', groupsAtOnce, context.redraw);
  section.append(empty, legend, list, more.root);
  return {
    update({ groups, consumers, now_ms: now }) {
      empty.hidden = groups.length > 0;
      legend.hidden = groups.length === 0;
      const sorted = [...groups].sort((a, b) => byText(a.group, b.group));
      keyed(list,
        sorted.slice(0, more.limit)
          .map((group) => ({ group, now, consumers })),
        ({ group }) => group.group,
        ({ group }) => makeGroup(group, context));
      more.update(groups.length);
    },
  };
}
