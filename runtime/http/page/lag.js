import { h, keyed, makeMore, setAttributes, setText, svg, watchWidth }
  from './dom.js';
import { brief, byText, count, duration, niceAbove } from './format.js';
import { groupLag, keptMs, oldestMs } from './history.js';

const chartsAtOnce = 12;
const height = 190;
const top = 26;
const bottom = height - 38;
const gapMs = 5000;

// A page just opened has little to show: its axis grows to 10 minutes.
const spans = [
  { ms: 2 * 60000, marks: [2, 1.5, 1, 0.5, 0] },
  { ms: 5 * 60000, marks: [5, 4, 3, 2, 1, 0] },
  { ms: keptMs, marks: [10, 8, 6, 4, 2, 0] },
];

function makeTick() {
  const line = svg('line', { class: 'grid' });
  const label = svg('text', { class: 'tick' });
  return {
    root: svg('g', null, line, label),
    update({ from, to, at, words, anchor }) {
      setAttributes(line, { x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
      setAttributes(label, { x: at[0], y: at[1], 'text-anchor': anchor });
      setText(label, words);
    },
  };
}

// Splits where the connection was lost: no line over time nobody watched.
function runsOf(points) {
  const runs = [];
  let last = null;
  for (const point of points) {
    if (last === null || point.ms - last.ms > gapMs) runs.push([]);
    runs[runs.length - 1].push(point);
    last = point;
  }
  return runs;
}

function makeChart(name, context) {
  const ticks = svg('g');
  const area = svg('path', { class: 'area' });
  const line = svg('path', { class: 'line', fill: 'none' });
  const dot = svg('circle', { class: 'dot', r: 4 });
  const yTitle = svg('text', { class: 'tick', x: 0, y: 12,
    text: 'records behind' });
  const xTitle = svg('text', { class: 'tick', 'text-anchor': 'end',
    y: height - 4, text: 'minutes ago' });
  const picture = svg('svg', { role: 'img', class: 'picture', height },
    ticks, area, line, dot, yTitle, xTitle);
  const facts = h('span', { class: 'facts' });
  const box = h('div', { class: 'picture-box' }, picture);
  const root = h('article', { class: 'card' },
    h('header', { class: 'card-head' }, h('h3', { text: name }), facts), box);
  let width = 0;
  let now = 0;

  function draw() {
    const points = context.history.lagPoints(name);
    if (width === 0 || points.length === 0) return;
    const left = 44;
    const right = width - 12;
    const most = points.reduce((max, { lag }) => Math.max(max, lag), 0);
    const span = spans.find(({ ms }) => ms >= now - points[0].ms) ??
      spans[spans.length - 1];
    const scale = Math.max(4, niceAbove(most));
    const x = (ms) => right - (now - ms) / span.ms * (right - left);
    const y = (lag) => bottom - lag / scale * (bottom - top);
    setAttributes(picture, {
      width,
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': `Lag of ${name} over the last 10 minutes: now ` +
        `${count(points[points.length - 1].lag)}, at most ${count(most)} ` +
        'records behind.',
    });
    const levels = [0, 0.5, 1].map((part) => ({
      key: `level ${part}`,
      from: [left, y(part * scale)],
      to: [right, y(part * scale)],
      at: [left - 6, y(part * scale) + 4],
      words: brief(part * scale),
      anchor: 'end',
    }));
    const minutes = span.marks.map((minute) => {
      const at = x(now - minute * 60000);
      return {
        key: `minute ${minute}`,
        from: [at, bottom],
        to: [at, bottom + 4],
        at: [at, bottom + 18],
        words: minute === 0 ? 'now' : `−${minute}`,
        anchor: minute === 0 ? 'end' : 'middle',
      };
    });
    keyed(ticks, [...levels, ...minutes], ({ key }) => key, makeTick);
    const place = ({ ms, lag }) => `${x(ms).toFixed(1)} ${y(lag).toFixed(1)}`;
    const runs = runsOf(points);
    setAttributes(line, {
      d: runs.map((run) => `M${run.map(place).join('L')}`).join(''),
    });
    setAttributes(area, {
      d: runs.map((run) => `M${x(run[0].ms).toFixed(1)} ${bottom}L` +
        `${run.map(place).join('L')}L` +
        `${x(run[run.length - 1].ms).toFixed(1)} ${bottom}Z`).join(''),
    });
    const last = points[points.length - 1];
    setAttributes(dot, { cx: x(last.ms), cy: y(last.lag) });
    setAttributes(xTitle, { x: right });
  }

  watchWidth(box, (measured) => {
    width = measured;
    draw();
  });
  return {
    root,
    update({ group, now: at }) {
      now = at;
      const oldest = oldestMs(group);
      const lag = groupLag(group);
      const age = oldest === null
        ? 'age of the oldest unknown'
        : `oldest unread ${duration(now - oldest)} old`;
      setText(facts, lag === null ? 'lag unknown' :
        `lag ${count(lag)} now · ${lag === 0 ? 'nothing waits' : age}`);
      box.hidden = context.history.lagPoints(name).length === 0;
      draw();
    },
  };
}

export function makeLag(section, context) {
  const empty = h('p', {
    class: 'empty',
    text: 'No lag to draw: start a consumer so that a group appears.',
  });
  const note = h('p', { class: 'note',
    text: 'Kept in this page only, since it was opened.' });
  const list = h('div', { class: 'cards pairs' });
  const more = makeMore('groups', chartsAtOnce, context.redraw);
  section.append(empty, note, list, more.root);
  return {
    update({ groups, now_ms: now }) {
      empty.hidden = groups.length > 0;
      note.hidden = groups.length === 0;
      const sorted = [...groups].sort((a, b) => byText(a.group, b.group));
      keyed(list, sorted.slice(0, more.limit).map((group) => ({ group, now })),
        ({ group }) => group.group,
        ({ group }) => makeChart(group.group, context));
      more.update(groups.length);
    },
  };
}
