import { h, keyed, makeMore, setAttributes, setText, svg, watchWidth }
  from './dom.js';
import { byText, count, duration, niceAbove } from './format.js';
import { groupLag, keptMs, oldestMs } from './history.js';

const chartsAtOnce = 12;
const height = 190;
const top = 26;
const bottom = height - 38;
const gapMs = 5000;
const minutesMarked = [10, 8, 6, 4, 2, 0];

function short(value) {
  if (value >= 1e9) return `${value / 1e9}G`;
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e4) return `${value / 1e3}k`;
  return String(value);
}

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
    const scale = Math.max(4, niceAbove(most));
    const x = (ms) => right - (now - ms) / keptMs * (right - left);
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
      words: short(part * scale),
      anchor: 'end',
    }));
    const minutes = minutesMarked.map((minute) => {
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
      const age = oldest === null
        ? 'nothing waits' : `oldest unread ${duration(now - oldest)} old`;
      setText(facts, `lag ${count(groupLag(group))} now · ${age}`);
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
