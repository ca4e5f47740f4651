// Calls to the server this page came from.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const state = { csrf: null, unauthorized: () => {} };

export function whenUnauthorized(callback) {
  state.unauthorized = callback;
}

async function errorOf(response) {
  let message = `the server answered ${response.status}`;
  try {
    const body = await response.json();
    if (body.error) message = body.error;
  } catch {
    // Not JSON: the status has to do.
  }
  return new ApiError(response.status, message);
}

async function call(method, path, body) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && state.csrf) headers['X-CSRF-Token'] = state.csrf;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'the server cannot be reached');
  }
  if (!response.ok) {
    const error = await errorOf(response);
    if (response.status === 401 && path !== '/api/session') {
      state.unauthorized();
    }
    throw error;
  }
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}

function query(path, values) {
  return `${path}?${new URLSearchParams(values)}`;
}

export async function readSession() {
  const session = await call('GET', '/api/session');
  state.csrf = session.csrf;
  return session;
}

export async function signIn(token) {
  const answer = await call('POST', '/api/session', { token });
  state.csrf = answer.csrf;
}

export async function signOut() {
  await call('DELETE', '/api/session');
  state.csrf = null;
}

export function readRecords(values) {
  return call('GET', query('/api/records', values));
}

export function readDead(topic, group) {
  return call('GET', query('/api/dead', { topic, group }));
}

export function pause(group, topic, partition, paused) {
  const body = { group, topic, partition, paused };
  return call('POST', '/api/groups/pause', body);
}

export function reset(request) {
  return call('POST', '/api/groups/reset', request);
}

/** Those up to the letter `last`; -1: all of them. */
export function replay(topic, group, last) {
  const body = last < 0 ? { topic, group } : { topic, group, last };
  return call('POST', '/api/dead/replay', body);
}

// An EventSource hides why it was refused; this asks once more to learn it.
export async function whyNoEvents() {
  const stop = new AbortController();
  try {
    const response = await fetch('/api/events', {
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      signal: stop.signal,
    });
    if (response.ok) return null;
    return (await errorOf(response)).message;
  } catch {
    return null;
  } finally {
    stop.abort();
  }
}
