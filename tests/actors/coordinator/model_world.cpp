// What can happen in the model: each step draws one thing from the seed.
#include "tests/actors/coordinator/model_world.hpp"

namespace troupe::bench {

world::world(uint64_t seed, faults allowed) : random_(seed), faults_(allowed) {
  topic_.id = {7, 7};
  topic_.name = "messages";
  topic_.created_index = {1, 1, 1};
  for (int i = 0; i < 3; ++i) {
    model_member x;
    x.name = "m" + std::to_string(i);
    if (i == 2)
      x.instance = "static";
    members_.push_back(x);
  }
  start_coordinator();
}

void world::run(int steps) {
  for (int i = 0; i < steps; ++i) {
    step();
    check();
  }
}

void world::settle() {
  faults_ = {};
  is_settling_ = true;
  for (int round = 0; round < 100; ++round) {
    for (auto& x : members_) {
      if (x.phase() == member_phase::dead)
        forget_dead(x);
      if (x.is_in())
        x.beat();
    }
    for (int i = 0; i < 300; ++i) {
      step();
      check();
    }
    if (is_at_rest())
      return;
  }
  FAIL("does not come to rest: " << dump());
}

void world::start_coordinator() {
  ++life_;
  core_ = std::make_unique<group>("g", coordination_settings{},
                                  std::make_shared<assignor_registry>());
  queue_.clear();
  start_questions_.clear();
  give_questions_.clear();
  REQUIRE_FALSE(core_->load(image_of(durable_, life_, log_end_)));
  durable_table_ = core_->table();
  live_ = durable_;
  act([&](turn& t) { core_->begin({index_, true, {topic_}, {}}, t); });
}

void world::act(const std::function<void(turn&)>& input,
                std::function<void()> reply) {
  turn t{{now_, 1'000'000 + now_.count() / 1'000'000}};
  input(t);
  write(live_, t.records);
  REQUIRE(is_same(live_, core_->table()));
  batch x;
  if (reply)
    x.effects.push_back(std::move(reply));
  for (const auto& answer : t.joins)
    x.effects.push_back([this, answer] {
      if (auto to = find(answer.member))
        to->on_joined(answer);
    });
  for (const auto& p : t.pushes)
    x.effects.push_back([this, p] {
      if (auto to = find(std::visit([](auto& y) { return y.member; }, p)))
        to->down.push_back(p);
    });
  x.records = std::move(t.records);
  if (!t.start_queries.empty())
    start_questions_.push_back(t.start_queries);
  if (!t.give_queries.empty())
    give_questions_.push_back(t.give_queries);
  queue_.push_back(std::move(x));
}

void world::make_durable(bool with_effects) {
  auto x = std::move(queue_.front());
  queue_.pop_front();
  write(durable_, x.records);
  for (const auto& y : x.records)
    durable_table_.apply(y);
  log_end_ += static_cast<int64_t>(x.records.size());
  if (with_effects)
    for (auto& effect : x.effects)
      effect();
}

void world::crash_coordinator() {
  if (!queue_.empty() && chance(2))
    make_durable(false);
  for (auto& x : members_) {
    x.up.clear();
    x.is_commit_sent = false;
    // To another coordinator it joins under another id.
    if (x.phase() == member_phase::joining)
      x.be_out();
    if (!x.down.empty() && !x.late && chance(2)) {
      x.late = x.down.back();
      x.down.pop_back();
    }
  }
  start_coordinator();
}

void world::answer_questions() {
  auto answers = [&](const std::vector<start_query>& xs) {
    std::vector<start_answer> result;
    fake_log log;
    log.end = records_per_partition;
    for (const auto& x : xs)
      result.push_back(log.answer(x));
    return result;
  };
  if (!start_questions_.empty()) {
    auto asked = answers(start_questions_.front());
    start_questions_.pop_front();
    act([&](turn& t) { core_->finish_start(asked, t); });
  } else if (!give_questions_.empty()) {
    auto asked = answers(give_questions_.front());
    give_questions_.pop_front();
    act([&](turn& t) { core_->give(asked, t); });
  }
}

void world::receive(model_member& from) {
  auto x = std::move(from.up.front());
  from.up.pop_front();
  auto name = from.name;
  if (auto y = std::get_if<join_request>(&x)) {
    std::optional<uuid> before;
    for (const auto& [id, member] : core_->table().members())
      if (id != y->member && member.info.name == name && !member.info.is_away)
        before = id;
    act([&](turn& t) { core_->join(*y, before, t); });
  } else if (auto told = std::get_if<heartbeat>(&x)) {
    auto is_unknown = std::make_shared<bool>();
    act([&](turn& t) { *is_unknown = !core_->beat(*told, t); },
        [this, is_unknown, id = told->member] {
          if (auto member = find(id); member && *is_unknown)
            member->on_unknown(id);
        });
  } else if (auto released = std::get_if<revoked_notice>(&x)) {
    act([&](turn& t) { (void)core_->revoked(*released, t); });
  } else if (auto left = std::get_if<leave_request>(&x)) {
    act([&](turn& t) { core_->leave(*left, t); });
  } else {
    receive_commit(std::get<commit_request>(x));
  }
}

void world::receive_commit(const commit_request& x) {
  const auto& entry = x.entries.at(0);
  auto before = core_->table().position_of(entry.id).next;
  auto outcome = std::make_shared<ec>();
  act(
    [&](turn& t) {
      auto answer = core_->commit(x, t);
      *outcome = answer ? answer->outcomes.at(0) : ec::unknown_member;
    },
    [this, x, outcome] {
      for (auto& member : members_)
        member.on_commit_answered(x.member, *outcome);
    });
  auto after = core_->table().position_of(entry.id).next;
  INFO(dump());
  REQUIRE(after >= before);
  if (*outcome == ec::none)
    for (int64_t offset = 0; offset < entry.next; ++offset)
      REQUIRE(finished_[entry.id].count(offset) == 1);
}

bool world::chance(uint64_t n) {
  return random_() % n == 0;
}

void world::step() {
  auto& x = members_[random_() % members_.size()];
  switch (random_() % 20) {
    case 0:
      if (x.phase() == member_phase::out && x.up.empty())
        x.join({1, ++ids_});
      break;
    case 1:
      if (x.phase() == member_phase::joining && x.up.empty())
        x.join({1, ++ids_});
      break;
    case 2:
      if (x.is_in() && !is_settling_)
        x.beat();
      break;
    case 3:
      if (chance(4))
        leave(x);
      break;
    case 4:
      start_handler(x);
      break;
    case 5:
      finish_handler(x);
      break;
    case 6:
      if (x.commit && !x.is_commit_sent) {
        x.is_commit_sent = true;
        x.up.push_back(*x.commit);
      }
      break;
    case 7:
      release_drained(x);
      break;
    case 8:
      x.receive_late();
      break;
    case 9:
      answer_questions();
      break;
    case 10:
      rare_event(x);
      break;
    case 11:
    case 12:
    case 13:
      if (!x.up.empty())
        receive(x);
      break;
    case 14:
    case 15:
    case 16:
      if (!x.down.empty()) {
        auto next = x.down.front();
        x.down.pop_front();
        x.receive(next);
      }
      break;
    default:
      if (!queue_.empty())
        make_durable(true);
  }
}

void world::rare_event(model_member& x) {
  if (!chance(6))
    return;
  if (faults_.coordinators_crash && chance(3)) {
    had_faults_ = true;
    crash_coordinator();
  } else if (faults_.members_crash && chance(4)) {
    if (x.phase() == member_phase::dead)
      forget_dead(x);
    else
      die(x);
  } else if (faults_.sessions_end && chance(4)) {
    if (auto due = core_->next_deadline()) {
      had_faults_ = true;
      now_ = std::max(now_, *due);
      act([&](turn& t) { core_->tick(t); });
    }
  } else if (topic_.created_index.size() < 5 && chance(4)) {
    topic_.created_index.push_back(++index_);
    act([&](turn& t) { core_->update({index_, false, {topic_}, {}}, t); });
  }
}

} // namespace troupe::bench
