#include "tests/actors/partition/replica_set.hpp"

#include <algorithm>

#include <caf/send.hpp>

#include "actors/protocol/record_batch.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "tests/catch.hpp"

namespace troupe::testing {

namespace {

node_info info(uint32_t id, uint64_t life) {
  node_info result;
  result.id = id;
  result.address = "node-" + std::to_string(id);
  result.incarnation = {id, life};
  result.directory_id = {id, 1};
  return result;
}

} // namespace

replica_set::replica_set(uint64_t seed, uint32_t count, topic_settings x)
  : state({{1, 2}, 1000, 4, count}), sys(seed), topic_(x), count_(count) {
  flusher_ = sys.spawn(simulation::inline_flusher);
  settings.replica_lag_max = std::chrono::seconds{3};
  // The rest is read from disks.
  limits.tail_bytes = 1 * kib;
  for (uint32_t id = 1; id <= count; ++id) {
    carry_out(plan_registration(state, info(id, 1)));
    carry_out(plan_unfence(state, id));
  }
  auto made = state.plan_create({"sms", 1, topic_}, false);
  if (!made)
    FAIL(what(made.error()));
  carry_out({*made});
  for (uint32_t id = 1; id <= count; ++id)
    start(id);
}

caf::actor replica_set::stand_in(uint32_t node) {
  return sys.spawn([this, node](caf::event_based_actor*) -> caf::behavior {
    return {
      [this, node](locate_atom,
                   const topic_partition&) -> caf::result<partition_actor> {
        auto leader = placement().leader;
        if (leader == 0 || !runs(leader))
          return make_error(ec::not_available, "nobody leads");
        if (leader == node)
          return at(leader);
        return caf::actor_cast<partition_actor>(
          caf::actor_cast<caf::strong_actor_ptr>(wires_[{node, leader}]));
      },
      [this, node](change_atom, const partition_change& x)
        -> caf::result<partition_placement> {
        if (hosts_[node].is_cut_off)
          return make_error(ec::timed_out, "no answer");
        auto done = change(x);
        if (hosts_[node].is_deaf || is_chance(answer_loss_))
          return make_error(ec::timed_out, "no answer");
        return done;
      },
    };
  });
}

caf::expected<partition_placement> replica_set::change(
  const partition_change& x) {
  if (x.wanted.leader == 0) {
    carry_out(
      plan_resignation(state, x, [this](uint32_t node) { return runs(node); }));
    return placement();
  }
  auto plan = state.plan_change(x);
  if (!plan)
    return std::move(plan.error());
  carry_out({*plan});
  return placement();
}

bool replica_set::is_chance(int percent) {
  return static_cast<int>(sys.random()() % 100) < percent;
}

bool replica_set::is_lost(uint32_t from, uint32_t to) {
  return hosts_[from].is_cut_off || hosts_[to].is_cut_off || is_chance(loss_);
}

void replica_set::start(uint32_t node) {
  auto& x = hosts_[node];
  if (!x.node)
    x.node = stand_in(node);
  for (uint32_t other = 1; other <= count_; ++other)
    if (other != node && !wires_[{node, other}])
      wires_[{node, other}] =
        sys.spawn([this, node, other](caf::event_based_actor* self) {
          return caf::behavior{
            [=,
             this](replicate_atom,
                   const replica_fetch& fetch) -> caf::result<replica_records> {
              if (is_lost(node, other) || !runs(other))
                return make_error(ec::not_available, "lost");
              auto promise = self->make_response_promise<
                caf::typed_response_promise<replica_records>>();
              self->request(at(other), caf::infinite, replicate_atom_v, fetch)
                .then(
                  [=, this](replica_records& found) mutable {
                    if (is_lost(other, node))
                      promise.deliver(make_error(ec::not_available, "lost"));
                    else
                      promise.deliver(std::move(found));
                  },
                  [=](caf::error& why) mutable {
                    promise.deliver(std::move(why));
                  });
              return promise;
            }};
        });
  if (x.lives++ > 0) {
    carry_out(plan_registration(state, info(node, x.lives)));
    carry_out(plan_unfence(state, node));
  }
  partition_config config;
  config.id = id();
  config.name = "sms-0";
  config.disk = x.disk;
  config.directory = "sms";
  config.topic = topic_;
  config.limits = limits;
  config.flusher = flusher_;
  config.epoch = sys.epoch();
  config.node_id = node;
  config.directory_id = info(node, 1).directory_id;
  config.node =
    caf::actor_cast<node_actor>(caf::actor_cast<caf::strong_actor_ptr>(x.node));
  config.cluster = settings;
  x.handle = sys.spawn(partition, config);
  tell(node);
}

void replica_set::tell(uint32_t node) {
  const auto& x = hosts_[node];
  if (x.handle && !x.is_cut_off && !x.is_deaf)
    caf::anon_send(x.handle, role_atom_v,
                   replica_role{placement(), min_insync_replicas});
}

void replica_set::kill(uint32_t node) {
  auto& x = hosts_[node];
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
  x.handle = nullptr;
  sys.run();
  x.disk->kill();
}

void replica_set::cut_power(uint32_t node) {
  kill(node);
  hosts_[node].disk->crash(sys.random());
}

void replica_set::fence(uint32_t node) {
  carry_out(plan_fence(state, node));
  for (const auto& [id, x] : hosts_)
    if (x.handle && !x.is_deaf && !x.is_cut_off)
      carry_out(plan_shrink(state, id));
}

void replica_set::unfence(uint32_t node) {
  carry_out(plan_unfence(state, node));
}

void replica_set::cut_off(uint32_t node, bool is_cut_off) {
  hosts_[node].is_cut_off = is_cut_off;
  tell(node);
}

void replica_set::make_deaf(uint32_t node, bool hears) {
  hosts_[node].is_deaf = !hears;
  tell(node);
}

void replica_set::carry_out(const std::vector<command>& plan) {
  for (const auto& x : plan) {
    auto change = state.apply(x, 1);
    if (!change)
      FAIL(what(change.error()));
  }
  for (const auto& [id, x] : hosts_)
    tell(id);
}

const partition_placement& replica_set::placement() const {
  return state.topics().at("sms").placement.at(0);
}

topic_partition replica_set::id() const {
  return {state.topics().at("sms").id, 0};
}

partition_status replica_set::status(uint32_t node) {
  auto result = sys.ask<partition_status>(at(node), status_atom_v);
  if (!result)
    FAIL(what(result.error()));
  return *result;
}

caf::expected<append_result> replica_set::post(uint32_t node,
                                               const std::string& value,
                                               acks how,
                                               const std::string& key) {
  record x;
  if (!key.empty())
    x.key = bytes{key};
  x.value = bytes{value};
  x.timestamp_ms = sys.now_ms();
  return sys.ask_within<append_result>(std::chrono::seconds{10}, at(node),
                                       append_atom_v,
                                       append_request{make_batch({x}), how});
}

std::vector<std::string> replica_set::read(uint32_t node, bool all) {
  std::vector<std::string> result;
  auto seen = status(node);
  auto end = all ? seen.log_end : seen.high_watermark;
  auto add = [&](const std::vector<record_batch>& batches) {
    for (const auto& batch : batches) {
      auto records = read_records(batch);
      REQUIRE(records);
      for (const auto& [offset, content] : *records)
        if (offset >= seen.log_start && offset < end)
          result.push_back(std::to_string(offset) + ":"
                           + std::string{content.value.view()});
    }
  };
  auto opened = storage::log::open(hosts_[node].disk, "sms", topic_, 0, true);
  if (!opened)
    FAIL(what(opened.error()));
  for (auto offset = (*opened)->start(); offset < end;) {
    auto batches = (*opened)->read(offset, 1 << 20);
    if (!batches)
      FAIL(what(batches.error()));
    add(*batches);
    offset = batches->back().header.last_offset() + 1;
  }
  return result;
}

bool replica_set::until(const std::function<bool()>& done,
                        caf::timespan bound) {
  for (caf::timespan passed{0}; passed < bound;
       passed += std::chrono::milliseconds{50}) {
    if (done())
      return true;
    sys.advance(std::chrono::milliseconds{50});
  }
  return done();
}

bool replica_set::is_whole() {
  if (placement().leader == 0 || placement().in_sync.size() != count_)
    return false;
  auto end = status(placement().leader).log_end;
  for (uint32_t id = 1; id <= count_; ++id)
    if (!runs(id) || status(id).log_end != end)
      return false;
  return status(placement().leader).high_watermark == end;
}

} // namespace troupe::testing
