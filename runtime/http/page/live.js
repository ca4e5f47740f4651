// The stream of snapshots, and whether it can be believed right now.

import { readSession, whyNoEvents } from './api.js';

const silenceMs = 5000;
const retryMs = 3000;

// report: {snapshot(data), connected(), lost(sinceMs, why), refused()}
export function watchSnapshots(report) {
  let source = null;
  let retry = null;
  let lastMs = Date.now();
  let lostSince = null;
  let stopped = false;

  function lost(why) {
    if (lostSince === null) lostSince = lastMs;
    report.lost(lostSince, why);
  }

  function retryLater() {
    clearTimeout(retry);
    retry = setTimeout(open, retryMs);
  }

  async function closed() {
    source.close();
    source = null;
    lost('');
    try {
      const session = await readSession();
      if (stopped) return;
      if (session.has_token && !session.signed_in) {
        report.refused();
        return;
      }
      const why = await whyNoEvents();
      if (stopped) return;
      if (why) lost(why);
    } catch {
      // Still unreachable: the retry below finds out.
    }
    if (!stopped) retryLater();
  }

  function open() {
    if (stopped) return;
    source = new EventSource('/api/events');
    source.addEventListener('snapshot', (event) => {
      lastMs = Date.now();
      lostSince = null;
      report.connected();
      report.snapshot(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      if (source === null) return;
      if (source.readyState === EventSource.CLOSED) closed();
      else lost('');
    });
  }

  // A stalled machine may leave the connection open and say nothing.
  const silence = setInterval(() => {
    if (Date.now() - lastMs > silenceMs) lost('');
  }, 1000);

  open();
  return {
    stop() {
      stopped = true;
      clearTimeout(retry);
      clearInterval(silence);
      if (source) source.close();
    },
  };
}
