// Who owns what: partitions at the left, consumers at the right, a line
// for each ownership. Laid out in pixels for the width there is.

import { h, keyed, setAttribute, setAttributes, setText, svg, watchWidth }
  from './dom.js';
import { brief, count, plural, shorten } from './format.js';
import { partitionKey } from './history.js';

const cellHeight = 56;
const rowHeight = 64;
const letterWidth = 8;
const narrow = 190;
const gap = rowHeight - cellHeight;

function text(style, x, y) {
  return svg('text', { class: style, x, y });
}

function badge() {
  const circle = svg('circle', { r: 10 });
  const letter = svg('text', { 'text-anchor': 'middle', dy: '4' });
  const root = svg('g', { class: 'badge' }, circle, letter);
  return {
    root,
    show(mark, x, y) {
      setAttributes(root, {
        class: `badge ${mark ? mark.style : 'owner-none'}`,
        transform: `translate(${x} ${y})`,
      });
      setText(letter, mark ? mark.letter : '?');
    },
  };
}

function lagOf(position, width) {
  if (width >= narrow) {
    return position.lag === null ? 'lag unknown' : `lag ${count(position.lag)}`;
  }
  return position.lag === null ? 'lag ?' : `lag ${brief(position.lag)}`;
}

function stateOf(position, width) {
  if (position.paused) return width < narrow ? 'paused' : '❚❚ paused';
  return position.owner === null ? 'no owner' : '';
}

function doneOf(position) {
  const { start, end, committed } = position;
  if (start === null || end === null || end <= start) return 0;
  const done = ((committed ?? start) - start) / (end - start);
  return Math.max(0, Math.min(1, done));
}

function makeCell() {
  const box = svg('rect', { x: 1, y: 1, rx: 5, height: cellHeight - 2 });
  const stripe = svg('rect', {
    class: 'stripe', x: 1, y: 1, width: 5, height: cellHeight - 2, rx: 2,
  });
  const name = text('name', 14, 18);
  const lag = text('detail', 14, 35);
  const state = text('state', 0, 35);
  setAttribute(state, 'text-anchor', 'end');
  const track = svg('rect', { class: 'track', x: 14, y: 44, height: 5 });
  const done = svg('rect', { class: 'done', x: 14, y: 44, height: 5 });
  const owner = badge();
  const title = svg('title');
  const root = svg('g', null, title, box, stripe, name, lag, state,
    track, done, owner.root);
  return {
    root,
    update({ position, mark, y, width }) {
      const label = `${position.topic} ${position.partition}`;
      const room = Math.floor((width - 44) / letterWidth);
      const digits = String(position.partition).length + 1;
      setAttributes(root, {
        transform: `translate(0 ${y})`,
        class: `cell ${mark ? mark.style : 'owner-none'}` +
          (position.paused ? ' paused' : ''),
      });
      setAttribute(box, 'width', width - 2);
      setText(name, label.length <= room ? label :
        `${shorten(position.topic, room - digits)} ${position.partition}`);
      setText(lag, lagOf(position, width));
      setText(state, stateOf(position, width));
      setAttribute(state, 'x', width - 8);
      setAttribute(track, 'width', width - 22);
      setAttribute(done, 'width',
        ((width - 22) * doneOf(position)).toFixed(1));
      owner.show(mark, width - 16, 14);
      setText(title, `${label}: committed ${count(position.committed)} ` +
        `of ${count(position.start)} to ${count(position.end)}`);
    },
  };
}

function makeMember() {
  const box = svg('rect', { x: 1, y: 1, rx: 5, height: cellHeight - 2 });
  const stripe = svg('rect', { class: 'stripe', y: 1, x: 1, width: 5,
    height: cellHeight - 2, rx: 2 });
  const owner = badge();
  const name = text('name', 34, 18);
  const owned = text('detail', 14, 35);
  const activity = text('detail', 14, 49);
  const title = svg('title');
  const root = svg('g', null, title, box, stripe, name, owned, activity,
    owner.root);
  return {
    root,
    update({ member, mark, x, y, width }) {
      const room = Math.floor((width - 40) / letterWidth);
      setAttributes(root, {
        transform: `translate(${x} ${y})`,
        class: `cell ${mark.style}`,
      });
      setAttribute(box, 'width', width - 2);
      owner.show(mark, 20, 14);
      // The end of a name tells consumers of one group apart.
      setText(name, member.name.length <= room ? member.name :
        `…${member.name.slice(1 - room)}`);
      const revoking = member.partitions_revoking;
      setText(owned, `owns ${count(member.partitions_owned)}` +
        (revoking > 0 ? `, gives up ${revoking}` : ''));
      setText(activity, shorten(member.activity, room + 3));
      setText(title, `${member.name}, ${member.state}`);
    },
  };
}

function makeLink() {
  const root = svg('path', { fill: 'none' });
  return {
    root,
    update({ mark, x1, y1, x2, y2 }) {
      const bend = (x2 - x1) / 2;
      setAttributes(root, {
        class: `link ${mark.style}`,
        d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
      });
    },
  };
}

function summaryOf(name, positions, members) {
  const owned = new Map();
  let unowned = 0;
  for (const position of positions) {
    if (position.owner === null) unowned += 1;
    else owned.set(position.owner, (owned.get(position.owner) ?? 0) + 1);
  }
  const parts = members.slice(0, 12).map((member) =>
    `${member.name} owns ${plural(owned.get(member.name) ?? 0,
      'partition')}`);
  if (unowned > 0) parts.push(`${plural(unowned, 'partition')} without owner`);
  return `Owners in ${name}: ${parts.join(', ') || 'none'}. ` +
    'The table below says the same.';
}

// Lines end spread over the height of their consumer: seven that end in
// one point look like one.
function spreadOf(owned) {
  const totals = new Map();
  for (const { position: { owner } } of owned) {
    totals.set(owner, (totals.get(owner) ?? 0) + 1);
  }
  const used = new Map();
  return (owner) => {
    const index = used.get(owner) ?? 0;
    used.set(owner, index + 1);
    const part = (index + 0.5) / totals.get(owner);
    return Math.round((4 + part * (cellHeight - 8)) * 10) / 10;
  };
}

export function makeGroupPicture(owners) {
  const links = svg('g');
  const cells = svg('g');
  const boxes = svg('g');
  const picture = svg('svg', { role: 'img', class: 'picture' },
    links, cells, boxes);
  const alone = h('p', { class: 'note' });
  const root = h('div', { class: 'picture-box' }, picture, alone);
  let width = 0;
  let shown = null;

  function draw() {
    if (width === 0 || shown === null) return;
    const { name, positions, members, all } = shown;
    const cell = Math.round(Math.max(140, Math.min(300, width * 0.38)));
    const box = Math.round(Math.max(116, Math.min(260, width * 0.34)));
    const right = width - box;
    const height = rowHeight *
      Math.max(1, positions.length, members.length) - gap;
    setAttributes(picture, {
      width, height, viewBox: `0 0 ${width} ${height}`,
      'aria-label': summaryOf(name, all, members),
    });
    const top = (index, total) =>
      Math.round((index + 0.5) * (height + gap) / total - rowHeight / 2);
    const memberTop = new Map(members.map((member, index) =>
      [member.name, top(index, members.length)]));
    const keyOf = ({ position }) =>
      partitionKey(position.topic, position.partition);
    const laidOut = positions.map((position, index) => ({
      position,
      mark: position.owner === null ? null : owners.of(position.owner),
      y: top(index, positions.length),
      width: cell,
    }));
    keyed(cells, laidOut, keyOf, makeCell);
    keyed(boxes, members.map((member) => ({
      member,
      mark: owners.of(member.name),
      x: right,
      y: memberTop.get(member.name),
      width: box,
    })), ({ member }) => member.name, makeMember);
    const owned = laidOut.filter(({ position }) =>
      memberTop.has(position.owner));
    const spread = spreadOf(owned);
    keyed(links, owned.map(({ position, mark, y }) => ({
      position,
      mark,
      x1: cell,
      y1: y + cellHeight / 2,
      x2: right,
      y2: memberTop.get(position.owner) + spread(position.owner),
    })), (link) => `${keyOf(link)} ${link.position.owner}`, makeLink);
    picture.toggleAttribute('hidden', members.length + positions.length === 0);
    alone.hidden = members.length > 0 && positions.length > 0;
    setText(alone, positions.length === 0
      ? 'No partitions yet: they appear once a consumer subscribes to a topic.'
      : 'No consumer is connected: start one to have these partitions read.');
  }

  watchWidth(root, (now) => {
    width = now;
    draw();
  });
  return {
    root,
    update(what) {
      shown = what;
      draw();
    },
  };
}
