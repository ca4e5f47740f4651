// What single snapshots do not say: rates, and lag over time.

const windowMs = 5000;
export const keptMs = 10 * 60 * 1000;

export function partitionKey(topic, partition) {
  return `${topic}/${partition}`;
}

export function consumerKey(consumer) {
  return `${consumer.group}/${consumer.name}`;
}

function sumOf(items, valueOf) {
  let sum = 0;
  for (const item of items) sum += valueOf(item) ?? 0;
  return sum;
}

// null: nobody could say how far any of its partitions is behind.
export function groupLag(group) {
  const { positions } = group;
  const unknown = positions.every((position) => position.lag === null);
  if (unknown && positions.length > 0) return null;
  return sumOf(positions, (position) => position.lag);
}

export function oldestMs(group) {
  let oldest = null;
  for (const position of group.positions) {
    const at = position.oldest_ms;
    if (at !== null && (oldest === null || at < oldest)) oldest = at;
  }
  return oldest;
}

export function makeHistory() {
  let recent = [];
  const lags = new Map();

  function countersOf(snapshot) {
    const counters = { ms: snapshot.now_ms, ends: new Map(),
      handled: new Map() };
    for (const topic of snapshot.topics) {
      for (const partition of topic.partitions) {
        counters.ends.set(partitionKey(topic.name, partition.partition),
          partition.high_watermark);
      }
    }
    for (const consumer of snapshot.consumers) {
      counters.handled.set(consumerKey(consumer), consumer.handled);
    }
    return counters;
  }

  function rateOf(kind, key) {
    const last = recent[recent.length - 1];
    const first = recent.find((counters) => counters[kind].has(key));
    if (!last || !first || first.ms >= last.ms) return null;
    if (!last[kind].has(key)) return null;
    const grown = last[kind].get(key) - first[kind].get(key);
    // A counter that fell was started again: no rate yet.
    return grown < 0 ? null : grown * 1000 / (last.ms - first.ms);
  }

  function totalRate(kind) {
    if (recent.length < 2) return null;
    const keys = recent[recent.length - 1][kind].keys();
    return sumOf(keys, (key) => rateOf(kind, key));
  }

  return {
    add(snapshot) {
      const now = snapshot.now_ms;
      const last = recent[recent.length - 1];
      if (last && now < last.ms) recent = [];
      recent.push(countersOf(snapshot));
      recent = recent.filter((counters) => counters.ms >= now - windowMs);
      for (const group of snapshot.groups) {
        const lag = groupLag(group);
        if (lag === null) continue;
        const points = lags.get(group.group) ?? [];
        points.push({ ms: now, lag });
        lags.set(group.group,
          points.filter(({ ms }) => ms >= now - keptMs && ms <= now));
      }
      for (const [name, points] of lags) {
        if (points[points.length - 1].ms < now - keptMs) lags.delete(name);
      }
    },
    partitionRate: (topic, partition) =>
      rateOf('ends', partitionKey(topic, partition)),
    consumerRate: (consumer) => rateOf('handled', consumerKey(consumer)),
    recordsIn: () => totalRate('ends'),
    handled: () => totalRate('handled'),
    lagPoints: (group) => lags.get(group) ?? [],
  };
}
