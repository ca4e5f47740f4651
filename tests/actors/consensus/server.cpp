// What a leader may be asked for, and what it refuses: each refusal keeps two
// majorities from existing side by side, or a cluster from standing still.

#include "actors/consensus/server.hpp"

#include <map>
#include <memory>
#include <set>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::consensus;
using namespace std::chrono_literals;

namespace {

member voter(uint64_t id) {
  return {id, "at:" + std::to_string(id), member_role::voter};
}

member spare(uint64_t id) {
  return {id, "at:" + std::to_string(id), member_role::spare};
}

/// Servers whose disks and connections take no time.
class company {
public:
  explicit company(const configuration& members) {
    for (const auto& x : members)
      add(x.id, *server::first_state(members));
    now += 3s;
  }

  void add(uint64_t id, stored_state stored) {
    servers[id] = std::make_unique<server>(
      server_config{id, "at:" + std::to_string(id), 1000ms, 100ms, 5000ms,
                    static_cast<uint32_t>(id)});
    take(id, servers[id]->start(now, std::move(stored)));
  }

  /// Makes a server stand for election.
  void let_lead(uint64_t id) {
    while (servers[id]->role() != server_role::leader) {
      now = std::max(now, servers[id]->timeout());
      take(id, servers[id]->expire(now));
    }
  }

  /// `none` when it was taken.
  ec take(uint64_t id, caf::expected<effects> x) {
    if (!x)
      return code_of(x.error());
    for (auto& i : x->writes)
      if (auto written = std::get_if<entries_written>(&i))
        take(id, servers[id]->written(
                   now, written->first + written->entries.size() - 1,
                   written->entries.back().term));
    for (auto& i : x->committed)
      if (i.content.kind == entry_kind::command)
        done[id].push_back(i.content.data);
    for (auto& i : x->messages)
      if (servers.contains(i.peer) && !cut.contains(i.peer)
          && !cut.contains(id))
        take(i.peer, servers[i.peer]->receive(
                       now, {id, "at:" + std::to_string(id), i.content}));
    return ec::none;
  }

  ec change(uint64_t id, configuration members) {
    return take(id, servers[id]->change(now, std::move(members)));
  }

  /// A heartbeat's time passes.
  void beat(uint64_t id) {
    now = servers[id]->timeout();
    take(id, servers[id]->expire(now));
  }

  server::time now{0};
  std::map<uint64_t, std::unique_ptr<server>> servers;
  std::map<uint64_t, std::vector<std::string>> done;
  std::set<uint64_t> cut;
};

} // namespace

TEST_CASE("one server alone leads at once and commits what it writes") {
  company x{{voter(1)}};
  auto& one = *x.servers[1];
  CHECK(one.role() == server_role::leader);
  CHECK(one.is_established());
  CHECK(x.take(1, one.submit(x.now, {"a", "b"})) == ec::none);
  CHECK(x.done[1] == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a leader's commands reach all; others name the leader") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(2);
  CHECK(x.take(2, x.servers[2]->submit(x.now, {"a"})) == ec::none);
  x.beat(2);
  for (uint64_t id : {1, 2, 3})
    CHECK(x.done[id] == std::vector<std::string>{"a"});
  CHECK(x.servers[1]->leader().first == 2);
  auto refused = x.servers[1]->submit(x.now, {"b"});
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::not_leader);
  CHECK(what(refused.error()) == "not_leader: server 2 at at:2 leads");
}

TEST_CASE("a leader that hears nobody commits nothing, and steps down") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  x.cut = {1};
  CHECK(x.take(1, x.servers[1]->submit(x.now, {"a"})) == ec::none);
  CHECK(x.done[1].empty());
  for (int i = 0; i < 30; ++i)
    x.beat(1);
  CHECK(x.servers[1]->role() != server_role::leader);
}

TEST_CASE("members come and go one at a time") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  SECTION("not two voters at once") {
    CHECK(x.change(1, {voter(1), voter(4), voter(5)}) == ec::invalid_argument);
    CHECK(x.change(1, {voter(1)}) == ec::invalid_argument);
  }
  SECTION("not the leader") {
    CHECK(x.change(1, {voter(2), voter(3)}) == ec::invalid_argument);
    CHECK(x.change(1, {spare(1), voter(2), voter(3)}) == ec::invalid_argument);
  }
  SECTION("no id or address twice, no id 0") {
    CHECK(x.change(1, {voter(1), voter(2), voter(3), spare(3)})
          == ec::invalid_argument);
    CHECK(x.change(1, {voter(1), voter(2), voter(3), {4, "at:3", {}}})
          == ec::invalid_argument);
    CHECK(x.change(1, {voter(1), voter(2), voter(3), spare(0)})
          == ec::invalid_argument);
  }
  SECTION("not while another change is on its way") {
    x.cut = {1};
    CHECK(x.change(1, {voter(1), voter(2)}) == ec::none);
    CHECK(x.servers[1]->is_changing());
    CHECK(x.change(1, {voter(1), voter(2), voter(3)}) == ec::not_available);
  }
  SECTION("only at the leader") {
    CHECK(x.change(2, {voter(1), voter(2)}) == ec::not_leader);
  }
  SECTION("one that leaves") {
    CHECK(x.change(1, {voter(1), voter(2)}) == ec::none);
    CHECK(x.servers[1]->members() == configuration{voter(1), voter(2)});
    CHECK_FALSE(x.servers[1]->is_changing());
  }
}

TEST_CASE("a spare gets what it lacks, then a vote") {
  company x{{voter(1)}};
  CHECK(x.take(1, x.servers[1]->submit(x.now, {"a", "b"})) == ec::none);
  x.add(2, {});
  CHECK(x.take(1, x.servers[1]->catch_up(x.now, 2)) == ec::invalid_argument);
  CHECK(x.change(1, {voter(1), spare(2)}) == ec::none);
  CHECK(x.take(1, x.servers[1]->catch_up(x.now, 2)) == ec::none);
  for (int i = 0; i < 5; ++i)
    x.beat(1);
  CHECK(x.servers[1]->catching_up(2) == catch_up_state::finished);
  CHECK(x.change(1, {voter(1), voter(2)}) == ec::none);
  x.beat(1);
  CHECK(x.done[2] == std::vector<std::string>{"a", "b"});
  CHECK(x.take(1, x.servers[1]->catch_up(x.now, 2)) == ec::invalid_argument);
}

TEST_CASE("a standby that lacks nothing is caught up with, too") {
  company x{{voter(1)}};
  x.add(2, {});
  auto standby = spare(2);
  standby.role = member_role::standby;
  CHECK(x.change(1, {voter(1), standby}) == ec::none);
  for (int i = 0; i < 5; ++i)
    x.beat(1);
  CHECK(x.take(1, x.servers[1]->catch_up(x.now, 2)) == ec::none);
  x.beat(1);
  CHECK(x.servers[1]->catching_up(2) == catch_up_state::finished);
  CHECK_FALSE(x.servers[1]->is_changing());
}

TEST_CASE("a member without a vote does not keep a leader that it misses") {
  company x{{voter(1)}};
  x.add(2, {});
  auto standby = spare(2);
  standby.role = member_role::standby;
  CHECK(x.change(1, {voter(1), standby}) == ec::none);
  for (int i = 0; i < 3; ++i)
    x.beat(1);
  CHECK(x.servers[2]->leader().first == 1);
  x.cut = {1};
  x.beat(2);
  CHECK(x.servers[2]->leader().first == 0);
}

TEST_CASE("a change that comes with entries before it is committed, too") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  x.cut = {3};
  CHECK(x.take(1, x.servers[1]->submit(x.now, {"a"})) == ec::none);
  CHECK(x.change(1, {voter(1), voter(2)}) == ec::none);
  // The third one gets all at once.
  CHECK(x.change(1, {voter(1), voter(2), voter(3)}) == ec::none);
  x.cut = {};
  for (int i = 0; i < 5; ++i)
    x.beat(1);
  CHECK(x.done[3] == std::vector<std::string>{"a"});
  CHECK_FALSE(x.servers[3]->is_changing());
}

TEST_CASE("leadership is handed over") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  CHECK(x.take(1, x.servers[1]->transfer(x.now, 9)) == ec::invalid_argument);
  CHECK(x.take(1, x.servers[1]->transfer(x.now, 3)) == ec::none);
  CHECK(x.servers[3]->role() == server_role::leader);
  CHECK(x.servers[1]->role() == server_role::follower);
}

TEST_CASE("a server without its disk has no vote") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  CHECK(x.take(1, x.servers[1]->submit(x.now, {"a"})) == ec::none);
  // Two of three are gone; one of these comes back empty.
  x.cut = {1};
  x.servers.erase(3);
  x.add(3, {});
  for (int i = 0; i < 20; ++i)
    x.beat(2);
  CHECK(x.servers[2]->role() != server_role::leader);
}

TEST_CASE("the beginning of a log in which another disk's server voted alone "
          "makes nobody a voter") {
  // Server 1 founded it and lost its disk; 2 leads by now.
  const configuration founder{{1, "at:lost", member_role::voter}};
  auto first = server::first_state(founder);
  REQUIRE(first);
  company x{{}};
  x.add(1, {});
  auto& one = *x.servers[1];
  auto from_leader = [&](message content) {
    return x.take(1, one.receive(x.now, {2, "at:2", std::move(content)}));
  };
  SECTION("by entries") {
    append_entries m{0, 7, 0, 0, 1, first->entries};
    REQUIRE(!first->entries.empty());
    CHECK(from_leader(m) == ec::none);
  }
  SECTION("by a snapshot") {
    install_snapshot m{0, 7, {1, 1, founder, 1, "state"}};
    auto out = one.receive(x.now, {2, "at:2", m});
    REQUIRE(out);
    CHECK(x.take(1, one.installed(x.now, m.base)) == ec::none);
  }
  CHECK(one.last_index() == 1);
  for (int i = 0; i < 5; ++i) {
    x.now = std::max(x.now + 1s, one.timeout());
    CHECK(x.take(1, one.expire(x.now)) == ec::none);
    CHECK(one.role() == server_role::follower);
  }
  // Nor when it starts with that.
  stored_state stored = *first;
  stored.voted = {7, 0};
  x.add(1, stored);
  CHECK(x.servers[1]->role() == server_role::follower);
  x.now = std::max(x.now + 10s, x.servers[1]->timeout());
  CHECK(x.take(1, x.servers[1]->expire(x.now)) == ec::none);
  CHECK(x.servers[1]->role() == server_role::follower);
}

TEST_CASE("what no server in order says is dropped") {
  company x{{voter(1), voter(2), voter(3)}};
  x.let_lead(1);
  auto term = x.servers[1]->term();
  auto says = [&](uint64_t to, uint64_t from, message what) {
    return x.take(to, x.servers[to]->receive(x.now, {from, "at:9", what}));
  };
  append_entries heartbeat{1, term, 0, 0, 0, {}};
  CHECK(says(1, 2, heartbeat) == ec::invalid_argument);
  CHECK(says(1, 1, heartbeat) == ec::invalid_argument);
  CHECK(says(2, 0, heartbeat) == ec::invalid_argument);
  CHECK(says(2, 1, append_entries{1, term, 5, 0, 0, {}})
        == ec::invalid_argument);
  CHECK(says(2, 1, install_snapshot{1, term, {}}) == ec::invalid_argument);
  CHECK(says(1, 2, install_snapshot{1, term, {5, 1, {voter(1)}, 1, {}}})
        == ec::invalid_argument);
  CHECK(x.servers[1]->role() == server_role::leader);
}
