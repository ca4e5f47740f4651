#include "tests/actors/consumer/stage.hpp"

namespace troupe::stage {

// -------------------------------------------------------------------

theatre::theatre(uint64_t seed, int32_t partitions) : sys(seed) {
  settings.group = "SMSGroup";
  settings.topics = {"messages"};
  begin_ms = sys.now_ms();
  for (int32_t n = 0; n < partitions; ++n) {
    logs[n].id = part(n);
    restart_partition(n);
  }
  signs.coordinator = sys.spawn(coordinator, &team);
  door = sys.spawn(node, &signs);
  waiting_room = sys.spawn(gate);
}

theatre::~theatre() {
  kill_consumer();
  sys.run();
  // No reference may outlive the system.
  for (auto& [n, x] : logs)
    x.waiters.clear();
  parked.waiters.clear();
  team.held_commits.clear();
  team.member = nullptr;
  hand.actor = nullptr;
  signs = directory{};
}

void theatre::begin(handler how) {
  consumer_config config{settings,       "SMSGroup-1", uuid{3, 4}, door,
                         std::move(how), sys.epoch(),  listener,   {}};
  config.spawn_letters = [this](caf::actor_system& system) {
    return system.spawn(letter_producer, &letters);
  };
  member = sys.spawn(consumer, std::move(config));
  sys.run();
}

void theatre::start() {
  begin({[this](const delivery& x) -> caf::error {
           hand.got.push_back(x);
           hand.at_ms.push_back(elapsed_ms());
           return hand.decide ? hand.decide(x) : caf::error{};
         },
         nullptr});
}

void theatre::start_actor() {
  begin({nullptr, [this](caf::actor_system& system) {
           ++hand.spawned;
           hand.actor = system.spawn(scripted_handler, this);
           return hand.actor;
         }});
}

void theatre::post(int32_t n, int count) {
  logs[n].append(count);
  caf::anon_send(signs.partitions[part(n)], tick_atom_v);
  sys.run();
}

void theatre::post_records(int32_t n, const std::vector<record>& records) {
  logs[n].append_records(records);
  caf::anon_send(signs.partitions[part(n)], tick_atom_v);
  sys.run();
}

void theatre::keep_parked(bool is_there) {
  parked.id = parked_part();
  restart_parked();
  if (is_there)
    signs.topics["messages.SMSGroup.parked"] = parked.id.topic;
  letters.place = [this](const posting& x) {
    parked.append_records({x.content});
    caf::anon_send(signs.partitions[parked.id], tick_atom_v);
    return parked.end - 1;
  };
}

void theatre::restart_parked() {
  auto& handle = signs.partitions[parked.id];
  if (handle)
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  sys.run();
  parked.waiters.clear();
  handle = sys.spawn(partition, &parked);
}

void theatre::post_parked(const record& x) {
  parked.append_records({x});
  caf::anon_send(signs.partitions[parked.id], tick_atom_v);
  sys.run();
}

void theatre::assign(std::vector<assigned_partition> xs) {
  caf::anon_send(member, assign_atom_v,
                 assignment{team.coordinator_epoch, team.id(),
                            team.member_epoch, std::move(xs)});
  sys.run();
}

void theatre::revoke(std::vector<int32_t> ns, int64_t revocation_id) {
  revocation x{
    team.coordinator_epoch, team.id(), team.member_epoch, revocation_id, {}};
  for (auto n : ns)
    x.partitions.push_back(part(n));
  caf::anon_send(member, revoke_atom_v, x);
  sys.run();
}

void theatre::finish(caf::error x) {
  caf::anon_send(waiting_room, leave_atom_v, std::move(x));
  sys.run();
}

void theatre::answer_commits() {
  caf::anon_send(signs.coordinator, tick_atom_v);
  sys.run();
}

void theatre::fence() {
  team.is_out = true;
  caf::anon_send(
    member, fenced_atom_v,
    fenced_notice{team.coordinator_epoch, team.id(), "session expired"});
  sys.run();
}

void theatre::pause(int32_t n, bool is_paused) {
  caf::anon_send(
    member, pause_atom_v,
    pause_notice{team.coordinator_epoch, team.id(), {part(n)}, is_paused});
  sys.run();
}

void theatre::kill_coordinator() {
  caf::anon_send_exit(signs.coordinator, caf::exit_reason::kill);
  signs.coordinator = nullptr;
  sys.run();
}

void theatre::restart_coordinator() {
  if (signs.coordinator)
    kill_coordinator();
  team.held_commits.clear();
  ++team.coordinator_epoch;
  signs.coordinator = sys.spawn(coordinator, &team);
  sys.run();
}

void theatre::restart_partition(int32_t n) {
  auto& handle = signs.partitions[part(n)];
  if (handle)
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  sys.run();
  logs[n].waiters.clear();
  handle = sys.spawn(partition, &logs[n]);
}

void theatre::kill_consumer() {
  if (member)
    caf::anon_send_exit(member, caf::exit_reason::kill);
  member = nullptr;
}

consumer_status theatre::status() {
  return *sys.ask_within<consumer_status>(1ms, member, status_atom_v);
}

int64_t theatre::elapsed_ms() {
  return sys.now_ms() - begin_ms;
}

assigned_partition theatre::from(int32_t n, int64_t offset, start_reason why) {
  return {part(n), "messages", offset, -1, why, false};
}

} // namespace troupe::stage
