const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const compact = new Intl.NumberFormat('en', {
  notation: 'compact',
  maximumFractionDigits: 1,
});

export const none = '–';

export function count(value) {
  return value === null || value === undefined ? none : whole.format(value);
}

// Where there is no room for all digits of a large number.
export function brief(value) {
  return value < 10000 ? whole.format(value) : compact.format(value);
}

export function plural(value, noun, nouns = `${noun}s`) {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

export function rate(value) {
  if (value === null || value === undefined) return none;
  return value < 100 ? tenth.format(value) : whole.format(value);
}

export function bytes(value) {
  if (value === null || value === undefined) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const number = unit === 0 || value >= 100 ? whole : tenth;
  return `${number.format(value)} ${units[unit]}`;
}

export function duration(ms) {
  if (ms === null || ms === undefined) return none;
  if (ms < 0) ms = 0;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59950) return `${tenth.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

function two(value) {
  return String(value).padStart(2, '0');
}

export function clock(ms) {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:` +
    two(at.getSeconds());
}

export function time(ms) {
  if (ms === null || ms === undefined) return none;
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-` +
    two(at.getDate());
  return `${day} ${clock(ms)}`;
}

export function shorten(text, most) {
  if (text.length <= most) return text;
  return most < 2 ? '…' : `${text.slice(0, most - 1)}…`;
}

// The next 1, 2 or 5 times a power of ten: a scale people can read.
export function niceAbove(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5, 10]) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

export function byText(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}
