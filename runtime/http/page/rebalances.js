import { h, keyed, makeMore, setAttribute, setOptions, setText, tableBox }
  from './dom.js';
import { byText, count, duration, none, plural, time } from './format.js';

const eventsAtOnce = 10;
const movesAtOnce = 8;

function makeMove() {
  const cells = [null, null, null, 'number', 'number', null, 'number'].map(
    (style) => h('td', { class: style }));
  return {
    root: h('tr', null, ...cells),
    update(move) {
      const pause = move.without_owner_ms;
      [
        `${move.topic} ${move.partition}`,
        move.from ?? 'no owner',
        `→ ${move.to ?? 'no owner'}`,
        pause === null ? none : duration(pause),
        count(move.offset),
        move.reason || none,
        count(move.repeated),
      ].forEach((words, at) => setText(cells[at], words));
    },
  };
}

function makeEvent(context) {
  const at = h('time');
  const cause = h('strong');
  const facts = h('span', { class: 'facts' });
  const rows = h('tbody');
  const table = tableBox('Moves', ['Partition', 'From', 'To',
    '#Without owner', '#Began at', 'Why there', '#Repeated'], rows);
  const more = makeMore('moves', movesAtOnce, context.redraw);
  const root = h('li', { class: 'event' },
    h('div', { class: 'event-head' }, at, cause, facts), table, more.root);
  return {
    root,
    update({ group, event }) {
      setText(at, time(event.time_ms));
      setAttribute(at, 'datetime', new Date(event.time_ms).toISOString());
      setText(cause, event.cause);
      const moved = event.moves.length;
      setText(facts, `${group} · epoch ${event.epoch} · ` +
        (moved === 0 ? 'nothing moved' : `${plural(moved, 'move')}`));
      setAttribute(table, 'aria-label', `Moves: ${event.cause}`);
      table.hidden = moved === 0;
      keyed(rows, event.moves.slice(0, more.limit),
        (move) => `${move.topic}/${move.partition}`, makeMove);
      more.update(moved);
    },
  };
}

export function makeRebalances(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No rebalances seen. Start or stop a consumer to see one.',
  });
  const choice = h('select', {
    id: 'rebalance-group', onchange: context.redraw,
  });
  const controls = h('div', { class: 'controls' },
    h('label', { for: 'rebalance-group', text: 'Group' }), choice);
  const list = h('ol', { class: 'events' });
  const more = makeMore('rebalances', eventsAtOnce, context.redraw);
  section.append(controls, empty, list, more.root);
  return {
    update({ groups }) {
      const names = groups.map(({ group }) => group).sort(byText);
      controls.hidden = names.length < 2;
      setOptions(choice, [['', 'all groups'],
        ...names.map((name) => [name, name])]);
      const events = groups
        .filter(({ group }) => choice.value === '' || group === choice.value)
        .flatMap(({ group, timeline }) =>
          timeline.map((event) => ({ group, event })))
        .sort((a, b) => b.event.time_ms - a.event.time_ms ||
          b.event.number - a.event.number);
      empty.hidden = events.length > 0;
      keyed(list, events.slice(0, more.limit),
        ({ group, event }) => `${group}/${event.number}/${event.time_ms}`,
        () => makeEvent(context));
      more.update(events.length);
    },
  };
}
