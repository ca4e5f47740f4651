#include "tests/actors/consensus/host.hpp"

#include <algorithm>
#include <sstream>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/overloaded.hpp"

namespace troupe::testing {

using namespace consensus;

namespace {

std::string print(const std::vector<uint64_t>& commands) {
  std::string result;
  for (auto x : commands)
    result += std::to_string(x) + ' ';
  return result;
}

std::vector<uint64_t> read(const std::string& text) {
  std::istringstream in{text};
  return {std::istream_iterator<uint64_t>{in}, {}};
}

} // namespace

host::host(surroundings& all, uint64_t id, stored_state first)
  : all_(all), id_(id), first_(std::move(first)),
    disk_(std::make_shared<simulation::memory_files>()) {
  // nop
}

// -- what happens to it
// --------------------------------------------------------

void host::start() {
  ++life_;
  writes_.clear();
  is_writing_ = is_taking_ = false;
  applied_.clear();
  waiting_.clear();
  if (open())
    return give_up();
  server_ = std::make_unique<consensus::server>(server_config{
    id_, address(), milliseconds{150}, milliseconds{40}, milliseconds{2000},
    static_cast<uint32_t>(all_.chance.pick(1, 1'000'000'000))});
  const auto& stored = store_->stored();
  written_ = entry_log{stored.first_index, stored.entries};
  base_index_ = stored.base ? stored.base->index : 0;
  carry_out(server_->start(all_.plan.now(), stored));
}

caf::error host::open() {
  auto now = all_.plan.now().count();
  auto opened = server_store::open(disk_, "quorum", now);
  if (!opened)
    return std::move(opened.error());
  store_ = std::move(*opened);
  if (!store_->is_new() || first_.entries.empty())
    return caf::none;
  if (auto err = store_->save(first_.voted))
    return err;
  if (auto err = store_->append({1, first_.entries}, now))
    return err;
  opened = server_store::open(disk_, "quorum", now);
  if (!opened)
    return std::move(opened.error());
  store_ = std::move(*opened);
  return caf::none;
}

void host::crash() {
  ++life_;
  server_ = nullptr;
  store_ = nullptr;
  using cut = simulation::power_cut;
  switch (all_.chance.pick(0, 3)) {
    case 0:
      disk_->kill();
      break;
    case 1:
      disk_->crash();
      break;
    case 2:
      disk_->crash({cut::unsynced::prefix, 4096}, all_.random);
      break;
    case 3:
      disk_->crash({cut::unsynced::blocks, 512}, all_.random);
      break;
  }
}

void host::give_up() {
  crash();
  all_.plan.after(milliseconds{all_.chance.pick(5, 900)}, [this, life = life_] {
    if (life == life_)
      start();
  });
}

void host::receive(const envelope& x) {
  if (server_)
    carry_out(server_->receive(all_.plan.now(), x));
}

void host::submit(uint64_t command) {
  auto index = server_->last_index() + 1;
  auto out = server_->submit(all_.plan.now(), {std::to_string(command)});
  if (out)
    waiting_[index] = {server_->term(), command};
  carry_out(std::move(out));
}

void host::change(configuration members) {
  carry_out(server_->change(all_.plan.now(), std::move(members)));
}

void host::catch_up(uint64_t id) {
  carry_out(server_->catch_up(all_.plan.now(), id));
}

void host::transfer(uint64_t id) {
  carry_out(server_->transfer(all_.plan.now(), id));
}

// -- what follows
// --------------------------------------------------------------

void host::carry_out(caf::expected<effects> x) {
  if (!x) {
    if (code_of(x.error()) == ec::consensus_failed)
      all_.seen.fail("server " + std::to_string(id_) + ": " + what(x.error()));
    return;
  }
  if (leads())
    all_.seen.led(id_, server_->term());
  else
    waiting_.clear();
  if (x->voted && store_->save(*x->voted))
    return give_up();
  put_in_queue(*x);
  for (const auto& i : x->messages)
    all_.send(id_, i);
  if (x->restored)
    restore(*x->restored);
  for (const auto& i : x->committed)
    apply(i);
  take_snapshot_if_due();
  arm();
  begin_write();
}

void host::put_in_queue(effects& x) {
  for (auto& i : x.writes)
    std::visit(
      overloaded{
        [&](entries_written& e) { writes_.emplace_back(std::move(e)); },
        [&](snapshot& s) { writes_.emplace_back(installing{std::move(s)}); },
      },
      i);
}

void host::apply(const committed_entry& x) {
  if (x.content.kind != entry_kind::command)
    return;
  auto command = std::stoull(x.content.data);
  all_.seen.applied(id_, applied_.size(), command);
  applied_.push_back(command);
  auto found = waiting_.find(x.index);
  if (found == waiting_.end())
    return;
  if (found->second.term == x.content.term) {
    all_.seen.acknowledged(command);
    if (found->second.command != command)
      all_.seen.fail("another command than the one that was submitted has its "
                     "index and term");
  }
  waiting_.erase(found);
}

void host::restore(const snapshot& x) {
  applied_ = read(x.state);
  for (size_t i = 0; i < applied_.size(); ++i)
    all_.seen.applied(id_, i, applied_[i]);
}

void host::take_snapshot_if_due() {
  if (is_taking_ || server_->applied_index() < base_index_ + snapshot_after)
    return;
  if (auto x = server_->take_snapshot(print(applied_))) {
    is_taking_ = true;
    writes_.emplace_back(taking{std::move(*x)});
  }
}

void host::begin_write() {
  if (is_writing_ || writes_.empty())
    return;
  is_writing_ = true;
  if (auto x = std::get_if<entries_written>(&writes_.front())) {
    if (store_->append(*x, all_.plan.now().count()))
      return give_up();
    written_.append(x->first, x->entries);
  }
  all_.plan.after(milliseconds{all_.chance.pick(1, disk_ms_max_)},
                  [this, life = life_] {
                    if (life == life_)
                      finish_write();
                  });
}

void host::finish_write() {
  auto x = std::move(writes_.front());
  writes_.pop_front();
  is_writing_ = false;
  if (std::visit([this](const auto& y) { return finish(y); }, x))
    give_up();
}

caf::error host::finish(const entries_written& x) {
  auto rest = store_->to_sync();
  if (auto err = storage::sync_all(rest.files)) {
    store_->sync_failed();
    return err;
  }
  store_->synced(rest.up_to);
  carry_out(server_->written(all_.plan.now(), x.first + x.entries.size() - 1,
                             x.entries.back().term));
  return caf::none;
}

caf::error host::finish(const installing& x) {
  auto now = all_.plan.now();
  if (auto err = store_->replace(x.what, x.what.index + 1, {}, now.count()))
    return err;
  written_ = entry_log{x.what.index + 1};
  base_index_ = x.what.index;
  ++installed_;
  carry_out(server_->installed(now, x.what));
  return caf::none;
}

caf::error host::finish(const taking& x) {
  is_taking_ = false;
  auto now = all_.plan.now();
  auto kept = written_;
  if (x.what.index > trailing)
    kept.drop_below(x.what.index - trailing + 1);
  std::vector<entry> entries;
  for (auto i = kept.first(); i <= kept.last(); ++i)
    entries.push_back(*kept.at(i));
  if (auto err = store_->replace(x.what, kept.first(), entries, now.count()))
    return err;
  written_ = std::move(kept);
  base_index_ = x.what.index;
  carry_out(server_->taken(now, x.what, trailing));
  return caf::none;
}

void host::arm() {
  auto now = all_.plan.now();
  auto wait = std::max(server_->timeout() - now, milliseconds{1});
  all_.plan.after(wait, [this, life = life_, alarm = ++alarm_] {
    if (life == life_ && alarm == alarm_)
      carry_out(server_->expire(all_.plan.now()));
  });
}

} // namespace troupe::testing
