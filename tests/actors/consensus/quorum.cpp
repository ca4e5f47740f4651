#include "tests/actors/consensus/quorum.hpp"

#include <algorithm>

#include "actors/consensus/messages.hpp"

namespace troupe::testing {

using namespace consensus;
using namespace std::chrono_literals;

namespace {

/// Servers that are no members at first, and may become some.
constexpr uint64_t spares = 2;

} // namespace

quorum::quorum(uint64_t seed, uint64_t voters) : all_(seed), voters_(voters) {
  all_.send = [this](uint64_t from, const envelope& x) { carry(from, x); };
  configuration members;
  for (uint64_t id = 1; id <= voters; ++id)
    members.push_back({id, "host:" + std::to_string(id), member_role::voter});
  auto first = *consensus::server::first_state(members);
  for (uint64_t id = 1; id <= voters + spares; ++id)
    hosts_.push_back(
      std::make_unique<host>(all_, id, id <= voters ? first : stored_state{}));
}

void quorum::play(milliseconds faults) {
  for (auto& x : hosts_)
    x->start();
  all_.plan.after(5ms, [this] { post(); });
  all_.plan.after(300ms, [this] { disturb(); });
  all_.plan.after(500ms, [this] { tend(); });
  go(faults);
  is_disturbed_ = false;
  mend();
  for (auto& x : hosts_)
    if (!x->is_running())
      x->start();
  go(faults + 10s);
  is_posting_ = false;
  go(faults + 40s);
  auto last = leader();
  if (!last) {
    all_.seen.fail("nobody leads although nothing is wrong any more");
    return;
  }
  std::map<uint64_t, std::vector<uint64_t>> applied;
  for (const auto& x : last->server().members())
    if (x.role == member_role::voter)
      applied.emplace(x.id, hosts_[x.id - 1]->applied());
  all_.seen.finish(applied);
}

void quorum::go(milliseconds until) {
  while (violation().empty() && all_.plan.happen(until))
    ;
  totals_.time = all_.plan.now();
}

host& quorum::any_host() {
  return *hosts_[static_cast<size_t>(
    all_.chance.pick(0, static_cast<int64_t>(hosts_.size()) - 1))];
}

host* quorum::leader() {
  std::vector<host*> found;
  for (auto& x : hosts_)
    if (x->leads())
      found.push_back(x.get());
  if (found.empty())
    return nullptr;
  return found[static_cast<size_t>(
    all_.chance.pick(0, static_cast<int64_t>(found.size()) - 1))];
}

// -- the network
// ---------------------------------------------------------------

void quorum::carry(uint64_t from, const envelope& x) {
  auto link = std::pair{from, x.peer};
  if (all_.chance.chance(lost_percent_) || cuts_.contains(link)
      || x.peer > hosts_.size())
    return;
  auto& sender = *hosts_[from - 1];
  auto& target = *hosts_[x.peer - 1];
  // A connection keeps the order.
  auto& arrival = arrivals_[link];
  auto now = all_.plan.now();
  arrival =
    std::max(arrival, now + milliseconds{all_.chance.pick(1, latency_ms_max_)});
  all_.plan.after(
    arrival - now, [this, link, &sender, &target,
                    lives = std::pair{sender.life(), target.life()},
                    bytes = encode_message(x.content)] {
      if (cuts_.contains(link)
          || lives != std::pair{sender.life(), target.life()})
        return;
      auto content = decode_message(bytes);
      if (!content) {
        all_.seen.fail("a message does not come back as it was");
        return;
      }
      target.receive({link.first, sender.address(), std::move(*content)});
    });
}

void quorum::cut_off(uint64_t id) {
  for (auto& x : hosts_) {
    cuts_.emplace(id, x->id());
    cuts_.emplace(x->id(), id);
  }
}

void quorum::mend() {
  cuts_.clear();
  lost_percent_ = 0;
  latency_ms_max_ = 12;
  for (auto& x : hosts_) {
    x->set_disk_time_max(8);
    x->disk().end_faults();
  }
}

// -- what goes on
// --------------------------------------------------------------

void quorum::post() {
  if (!is_posting_)
    return;
  if (auto x = leader())
    x->submit(++posted_);
  all_.plan.after(milliseconds{all_.chance.pick(1, 25)}, [this] { post(); });
}

void quorum::disturb() {
  if (!is_disturbed_)
    return;
  auto& victim = any_host();
  switch (all_.chance.pick(0, 10)) {
    case 0:
    case 1:
    case 2: {
      auto x = all_.chance.chance(50) ? leader() : &victim;
      if (!x || !x->is_running())
        break;
      ++totals_.crashes;
      x->crash();
      all_.plan.after(milliseconds{all_.chance.pick(5, 900)},
                      [x, life = x->life()] {
                        if (x->life() == life)
                          x->start();
                      });
      break;
    }
    case 3:
      cuts_.clear();
      break;
    case 4:
      ++totals_.cuts;
      cut_off(victim.id());
      break;
    case 5: {
      ++totals_.cuts;
      auto other = any_host().id();
      cuts_.emplace(victim.id(), other);
      if (all_.chance.chance(50))
        cuts_.emplace(other, victim.id());
      break;
    }
    case 6:
      victim.set_disk_time_max(all_.chance.chance(50) ? 300 : 8);
      break;
    case 7:
      mend();
      break;
    case 8:
      lost_percent_ =
        all_.chance.chance(66) ? 0 : static_cast<int>(all_.chance.pick(1, 20));
      break;
    case 9:
      latency_ms_max_ = all_.chance.chance(50) ? 12 : 80;
      break;
    case 10: {
      ++totals_.bad_disks;
      simulation::fault_rates rates;
      for (auto what : {simulation::disk_fault::write_fails,
                        simulation::disk_fault::sync_fails,
                        simulation::disk_fault::read_fails})
        rates[what] = 20'000;
      victim.disk().faults_by_chance(rates, all_.random());
      break;
    }
  }
  all_.plan.after(milliseconds{all_.chance.pick(10, 600)},
                  [this] { disturb(); });
}

// -- who belongs to it
// ---------------------------------------------------------

void quorum::tend() {
  if (!is_posting_)
    return;
  auto x = leader();
  if (x && x->server().is_established() && !tend_members(*x)
      && all_.chance.chance(20)) {
    ++totals_.transfers;
    x->transfer(0);
  }
  all_.plan.after(milliseconds{all_.chance.pick(50, 1'500)},
                  [this] { tend(); });
}

bool quorum::tend_members(host& at) {
  auto members = at.server().members();
  auto change = [&] {
    ++totals_.changes;
    at.change(members);
    return true;
  };
  auto waiting = std::find_if(members.begin(), members.end(), [](auto& x) {
    return x.role != member_role::voter;
  });
  if (waiting != members.end()) {
    switch (at.server().catching_up(waiting->id)) {
      case catch_up_state::running:
        return true;
      case catch_up_state::finished:
        waiting->role = member_role::voter;
        return change();
      default:
        at.catch_up(waiting->id);
        return true;
    }
  }
  if (all_.chance.chance(50))
    return false;
  if (members.size() > voters_) {
    auto leaver = members.begin()
                  + static_cast<ptrdiff_t>(all_.chance.pick(
                    0, static_cast<int64_t>(members.size()) - 1));
    // A leader leaves when another one leads.
    if (leaver->id == at.id())
      return false;
    members.erase(leaver);
    return change();
  }
  auto& candidate = any_host();
  auto is_member = std::any_of(members.begin(), members.end(),
                               [&](auto& x) { return x.id == candidate.id(); });
  if (is_member)
    return false;
  members.push_back(
    {candidate.id(), candidate.address(),
     all_.chance.chance(50) ? member_role::spare : member_role::standby});
  std::sort(members.begin(), members.end(),
            [](auto& x, auto& y) { return x.id < y.id; });
  return change();
}

// -- figures
// -------------------------------------------------------------------

quorum::totals quorum::count() const {
  auto result = totals_;
  result.elections = all_.seen.elections();
  result.acknowledged = all_.seen.acknowledged_count();
  for (auto& x : hosts_)
    result.snapshots_installed += x->installed();
  return result;
}

quorum::totals& quorum::totals::operator+=(const totals& x) {
  crashes += x.crashes;
  cuts += x.cuts;
  bad_disks += x.bad_disks;
  elections += x.elections;
  acknowledged += x.acknowledged;
  snapshots_installed += x.snapshots_installed;
  changes += x.changes;
  transfers += x.transfers;
  time += x.time;
  return *this;
}

} // namespace troupe::testing
