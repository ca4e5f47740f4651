// One letter and one colour per consumer of a group, kept while it lives.

export const colours = 8;

function letters(index) {
  const last = String.fromCharCode(65 + index % 26);
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

export function makeOwners() {
  let marks = new Map();
  return {
    keep(names) {
      const kept = new Map();
      const taken = new Set();
      for (const name of names) {
        if (!marks.has(name)) continue;
        kept.set(name, marks.get(name));
        taken.add(marks.get(name).index);
      }
      let index = 0;
      for (const name of names) {
        if (kept.has(name)) continue;
        while (taken.has(index)) index += 1;
        taken.add(index);
        kept.set(name, {
          index,
          letter: letters(index),
          style: `owner-${index % colours}` +
            (index >= colours ? ' owner-again' : ''),
        });
      }
      marks = kept;
    },
    of: (name) => marks.get(name),
  };
}
