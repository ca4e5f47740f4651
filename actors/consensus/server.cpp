#include "actors/consensus/server.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/consensus/engine.hpp"
#include "actors/consensus/require.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe::consensus {

namespace {

size_t votes_in(const configuration& x) {
  return static_cast<size_t>(std::count_if(
    x.begin(), x.end(), [](auto& i) { return i.role == member_role::voter; }));
}

bool is_voter(const configuration& x, uint64_t id) {
  return std::any_of(x.begin(), x.end(), [id](auto& i) {
    return i.id == id && i.role == member_role::voter;
  });
}

/// Two majorities overlap only when one voter comes or goes at a time.
caf::error check_step(const configuration& from, const configuration& to) {
  size_t differing = 0;
  for (auto& x : from)
    differing += is_voter(from, x.id) && !is_voter(to, x.id) ? 1 : 0;
  for (auto& x : to)
    differing += is_voter(to, x.id) && !is_voter(from, x.id) ? 1 : 0;
  if (differing > 1)
    return make_error(ec::invalid_argument,
                      fmt::format("{} voters would come or go at once; one "
                                  "after the other is safe",
                                  differing));
  if (votes_in(to) == 0)
    return make_error(ec::invalid_argument, "nobody would have a vote");
  return caf::none;
}

} // namespace

server::server(server_config config)
  : engine_(std::make_unique<engine>(config)), id_(config.id) {
  // nop
}

server::~server() = default;

caf::expected<stored_state> server::first_state(configuration members) {
  auto data = encode_configuration(members);
  if (!data)
    return std::move(data.error());
  stored_state result;
  result.voted.term = 1;
  result.entries.push_back({1, entry_kind::change, std::move(*data)});
  return result;
}

// -- events
// --------------------------------------------------------------------

caf::expected<effects> server::start(time now, stored_state stored) {
  return engine_->start(now, std::move(stored));
}

caf::expected<effects> server::expire(time now) {
  return engine_->expire(now);
}

caf::expected<effects> server::receive(time now, envelope x) {
  return engine_->receive(now, std::move(x));
}

caf::expected<effects> server::written(time now, uint64_t index,
                                       uint64_t term) {
  return engine_->written(now, index, term);
}

caf::expected<effects> server::installed(time now, const snapshot& x) {
  return engine_->installed(now, x);
}

caf::expected<effects> server::taken(time now, const snapshot& x,
                                     uint64_t trailing) {
  return engine_->taken(now, x, trailing);
}

// -- what a leader is asked for
// ------------------------------------------------

caf::error server::check_leader() const {
  if (role() == server_role::leader && !is_transferring())
    return caf::none;
  auto [id, address] = leader();
  if (id == 0 || id == id_)
    return make_error(ec::not_leader, "nobody leads just now");
  return make_error(ec::not_leader,
                    fmt::format("server {} at {} leads", id, address));
}

caf::expected<effects> server::submit(time now,
                                      std::vector<std::string> commands) {
  if (auto err = check_leader())
    return err;
  if (commands.empty())
    return effects{};
  std::vector<entry> entries;
  for (auto& x : commands)
    entries.push_back({term(), entry_kind::command, std::move(x)});
  return engine_->submit(now, entries);
}

caf::error server::check_changeable() const {
  if (auto err = check_leader())
    return err;
  if (!is_established())
    return make_error(ec::not_available,
                      "the leader has not committed an entry of its own yet");
  if (is_changing())
    return make_error(ec::not_available, "another change is on its way");
  return caf::none;
}

caf::expected<effects> server::change(time now, configuration members) {
  if (auto err = check_changeable())
    return err;
  if (auto err = check_step(engine_->members(), members))
    return err;
  // A leader on its way out could have an entry that keeps others from being
  // elected, and not stand for election itself.
  if (!is_voter(members, id_))
    return make_error(ec::invalid_argument,
                      fmt::format("server {} leads: it can leave, or give up "
                                  "its vote, once another one does",
                                  id_));
  auto data = encode_configuration(members);
  if (!data)
    return std::move(data.error());
  return engine_->submit(now, {{term(), entry_kind::change, std::move(*data)}});
}

caf::expected<effects> server::catch_up(time now, uint64_t id) {
  if (auto err = check_changeable())
    return err;
  const auto& all = engine_->members();
  auto found =
    std::find_if(all.begin(), all.end(), [id](auto& x) { return x.id == id; });
  if (found == all.end())
    return make_error(ec::invalid_argument,
                      fmt::format("server {} is not a member", id));
  if (found->role == member_role::voter)
    return make_error(ec::invalid_argument,
                      fmt::format("server {} is a voter already", id));
  return engine_->catch_up(now, id);
}

caf::expected<effects> server::transfer(time now, uint64_t id) {
  if (auto err = check_leader())
    return err;
  return engine_->transfer(now, id);
}

// -- what there is
// -------------------------------------------------------------

server::time server::timeout() const {
  return engine_->timeout();
}

server_role server::role() const {
  return engine_->role();
}

uint64_t server::term() const {
  return engine_->term();
}

std::pair<uint64_t, std::string> server::leader() const {
  return engine_->leader();
}

bool server::is_established() const {
  return role() == server_role::leader && engine_->established_term() == term();
}

uint64_t server::last_index() const {
  return engine_->last_index();
}

uint64_t server::applied_index() const {
  return engine_->applied_index();
}

configuration server::members() const {
  return engine_->members();
}

bool server::is_changing() const {
  return engine_->is_changing();
}

bool server::is_transferring() const {
  return engine_->is_transferring();
}

catch_up_state server::catching_up(uint64_t id) const {
  return engine_->catching_up(id);
}

uint64_t server::match_index(uint64_t id) const {
  return engine_->match_index(id);
}

std::optional<snapshot> server::take_snapshot(std::string state) const {
  return engine_->take_snapshot(std::move(state));
}

} // namespace troupe::consensus
