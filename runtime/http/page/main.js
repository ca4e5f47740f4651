import {
  readSession, signIn, signOut, whenUnauthorized,
} from './api.js';
import { makeConsumers } from './consumers.js';
import { makeDeadLetters } from './dead_letters.js';
import { showProblem } from './dialogs.js';
import { setText } from './dom.js';
import { clock } from './format.js';
import { makeGroups } from './groups.js';
import { makeHistory } from './history.js';
import { makeLag } from './lag.js';
import { watchSnapshots } from './live.js';
import { makeOverview } from './overview.js';
import { makeRebalances } from './rebalances.js';
import { makeRecords } from './records.js';
import { makeTopics } from './topics.js';

const byId = (id) => document.getElementById(id);
const history = makeHistory();
let snapshot = null;
let watching = null;

const context = { history, redraw: draw };
const sections = [
  makeOverview(byId('overview'), context),
  makeTopics(byId('topics'), context),
  makeGroups(byId('groups'), context),
  makeLag(byId('lag'), context),
  makeRebalances(byId('rebalances'), context),
  makeConsumers(byId('consumers'), context),
  makeDeadLetters(byId('dead'), context),
  makeRecords(byId('records'), context),
];

function draw() {
  if (snapshot === null || document.hidden) return;
  byId('starting').hidden = true;
  byId('console').hidden = false;
  byId('sections').hidden = false;
  setText(byId('node-name'), `node ${snapshot.node.node_id}`);
  for (const section of sections) section.update(snapshot);
}

function showConnection(kind, words) {
  const place = byId('connection');
  place.dataset.kind = kind;
  setText(place, words);
  byId('console').classList.toggle('stale', kind === 'lost');
}

function startWatching() {
  if (watching) return;
  byId('starting').hidden = snapshot !== null;
  watching = watchSnapshots({
    snapshot(data) {
      snapshot = data;
      history.add(data);
      draw();
    },
    connected: () => showConnection('live', 'live'),
    lost(sinceMs, why) {
      const words = why === '' ? 'connection lost' : why;
      const since = `since ${clock(sinceMs)}`;
      showConnection('lost', `${words}, retrying (${since})`);
      setText(byId('starting'), `No data: ${words}, retrying …`);
    },
    refused: checkSession,
  });
}

function stopWatching() {
  if (watching) watching.stop();
  watching = null;
}

function showSignIn() {
  stopWatching();
  for (const dialog of document.querySelectorAll('dialog[open]')) {
    dialog.close();
  }
  showConnection('none', 'signed out');
  byId('starting').hidden = true;
  byId('console').hidden = true;
  byId('sections').hidden = true;
  byId('sign-out').hidden = true;
  byId('sign-in').hidden = false;
  byId('token').focus();
}

function showConsole(session) {
  const mayAct = session.has_token;
  document.body.classList.toggle('may-act', mayAct);
  byId('sign-in').hidden = true;
  byId('sign-out').hidden = !mayAct;
  byId('read-only').hidden = session.has_token;
  setText(byId('node-name'), `node ${session.node_id}`);
  startWatching();
}

async function checkSession() {
  try {
    const session = await readSession();
    if (session.has_token && !session.signed_in) showSignIn();
    else showConsole(session);
  } catch (error) {
    setText(byId('starting'), `No data: ${error.message}, retrying …`);
    setTimeout(checkSession, 3000);
  }
}

byId('sign-in-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = byId('token');
  setText(byId('sign-in-error'), '');
  try {
    await signIn(field.value);
    field.value = '';
    await checkSession();
    byId('content').focus();
  } catch (error) {
    setText(byId('sign-in-error'), `Not signed in: ${error.message}`);
    field.select();
  }
});

byId('sign-out').addEventListener('click', async () => {
  try {
    await signOut();
  } catch (error) {
    showProblem(`Not signed out: ${error.message}`);
  }
  snapshot = null;
  stopWatching();
  checkSession();
});

whenUnauthorized(checkSession);
document.addEventListener('visibilitychange', draw);
checkSession();
