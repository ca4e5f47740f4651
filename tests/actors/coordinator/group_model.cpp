// The protocol as a whole: a group, members that follow it, and a world between
// them that delays, loses and repeats, and that takes coordinators and members
// away at any point. After every step it checks what must always hold, and in
// the end that all comes to rest with every record handled and committed.
//
// Its rules for members are those of the group protocol; the ones marked (M)
// there fail here, too, when they are dropped: try it.
#include <deque>
#include <random>
#include <set>

#include "tests/actors/coordinator/group_bench.hpp"

using namespace troupe;
using bench::is_same;
using bench::shard_table;

namespace {

/// What may go wrong in a run.
struct faults {
  bool members_crash = false;
  bool sessions_end = false;
  bool drains_expire = false;
  bool coordinators_crash = false;
};

using request = std::variant<join_request, heartbeat, revoked_notice,
                             leave_request, commit_request>;

enum class phase { out, joining, in, dead };

struct model_member {
  std::string name;
  std::string instance;
  enum phase phase = phase::out;
  uuid id;
  int64_t epoch = 0;
  int32_t life = 0;
  /// Owned partitions, and the next offset to hand out.
  std::map<topic_partition, int64_t> owned;
  /// To be given up, with the revocation to answer.
  std::map<topic_partition, int64_t> draining;

  /// With the handler, and under which id and epoch it got there.
  struct handling {
    topic_partition place;
    int64_t offset = 0;
    uuid id;
    int64_t epoch = 0;
  };
  std::optional<handling> busy;
  /// A commit that has no answer yet, and whether it is on its way.
  std::optional<commit_request> commit;
  bool is_commit_sent = false;

  std::deque<request> up;
  std::deque<push> down;
  /// A push of an earlier coordinator that takes its time.
  std::optional<push> late;

  bool holds(const topic_partition& p) const {
    return owned.count(p) + draining.count(p) > 0;
  }

  void drop_all() {
    owned.clear();
    draining.clear();
    commit.reset();
    epoch = 0;
  }
};

class world {
public:
  static constexpr int64_t records_per_partition = 4;

  world(uint64_t seed, faults allowed) : random_(seed), faults_(allowed) {
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

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
  }

  /// No more faults; everything that can happen, happens.
  void settle() {
    faults_ = {};
    is_settling_ = true;
    for (int round = 0; round < 100; ++round) {
      for (auto& x : members_) {
        if (x.phase == phase::dead)
          forget_dead(x);
        if (x.phase == phase::in)
          beat(x);
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

private:
  // -- the coordinator --------------------------------------------------------

  /// A turn's outcome on its way to the disk.
  struct batch {
    std::vector<group_record> records;
    std::vector<std::function<void()>> effects;
  };

  void start_coordinator() {
    ++life_;
    core_ = std::make_unique<group>("g", coordination_settings{},
                                    std::make_shared<assignor_registry>());
    queue_.clear();
    start_questions_.clear();
    give_questions_.clear();
    REQUIRE_FALSE(core_->load(bench::image_of(durable_, life_, log_end_)));
    durable_table_ = core_->table();
    live_ = durable_;
    act([&](turn& t) { core_->begin({index_, true, {topic_}, {}}, t); });
  }

  void act(const std::function<void(turn&)>& input,
           std::function<void()> reply = nullptr) {
    turn t{{now_, 1'000'000 + now_.count() / 1'000'000}};
    input(t);
    bench::write(live_, t.records);
    REQUIRE(is_same(live_, core_->table()));
    batch x;
    if (reply)
      x.effects.push_back(std::move(reply));
    for (const auto& answer : t.joins)
      x.effects.push_back([this, answer] { on_joined(answer); });
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

  void make_durable(bool with_effects) {
    auto x = std::move(queue_.front());
    queue_.pop_front();
    bench::write(durable_, x.records);
    for (const auto& y : x.records)
      durable_table_.apply(y);
    log_end_ += static_cast<int64_t>(x.records.size());
    if (with_effects)
      for (auto& effect : x.effects)
        effect();
  }

  void crash_coordinator() {
    if (!queue_.empty() && chance(2))
      make_durable(false);
    for (auto& x : members_) {
      x.up.clear();
      x.is_commit_sent = false;
      if (!x.down.empty() && !x.late && chance(2)) {
        x.late = x.down.back();
        x.down.pop_back();
      }
    }
    start_coordinator();
  }

  void answer_questions() {
    auto answers = [&](const std::vector<start_query>& xs) {
      std::vector<start_answer> result;
      bench::fake_log log;
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

  void receive(model_member& from) {
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
              be_out(*member);
          });
    } else if (auto released = std::get_if<revoked_notice>(&x)) {
      act([&](turn& t) { (void)core_->revoked(*released, t); });
    } else if (auto left = std::get_if<leave_request>(&x)) {
      act([&](turn& t) { core_->leave(*left, t); });
    } else {
      receive_commit(std::get<commit_request>(x));
    }
  }

  void receive_commit(const commit_request& x) {
    const auto& entry = x.entries.at(0);
    auto before = core_->table().position_of(entry.id).next;
    auto is_refused = false;
    auto is_unknown = std::make_shared<bool>();
    act(
      [&](turn& t) {
        auto answer = core_->commit(x, t);
        *is_unknown = !answer;
        is_refused = !answer || answer->outcomes.at(0) != ec::none;
      },
      [this, x, is_unknown] { on_commit_answered(x.member, *is_unknown); });
    auto after = core_->table().position_of(entry.id).next;
    INFO(dump());
    REQUIRE(after >= before);
    if (!is_refused)
      for (int64_t offset = 0; offset < entry.next; ++offset)
        REQUIRE(finished_[entry.id].count(offset) == 1);
  }

  void on_commit_answered(const uuid& id, bool is_unknown) {
    for (auto& member : members_) {
      if (!member.commit || member.commit->member != id
          || !member.is_commit_sent)
        continue;
      member.commit.reset();
      member.is_commit_sent = false;
      if (is_unknown && member.id == id)
        be_out(member);
    }
  }

  // -- members ----------------------------------------------------------------

  model_member* find(const uuid& id) {
    for (auto& x : members_)
      if (x.id == id && x.phase != phase::dead && x.phase != phase::out)
        return &x;
    return nullptr;
  }

  void be_out(model_member& x) {
    x.phase = phase::out;
    x.drop_all();
  }

  void join(model_member& x) {
    if (x.phase == phase::out) {
      x.id = {1, ++ids_};
      x.drop_all();
      x.phase = phase::joining;
    }
    join_request y;
    y.group = "g";
    y.member = x.id;
    y.name = x.name;
    y.instance_id = x.instance;
    y.topics = {"messages"};
    y.rules.start.what = start_rule::kind::earliest;
    y.session_timeout = 3s;
    y.rebalance_timeout = 10s;
    x.up.push_back(y);
  }

  void on_joined(const join_answer& x) {
    auto member = find(x.member);
    if (!member)
      return;
    if (x.failure) {
      be_out(*member);
    } else if (x.result.coordinator_epoch >= member->life) {
      member->life = x.result.coordinator_epoch;
      member->epoch = std::max(member->epoch, x.result.member_epoch);
      member->phase = phase::in;
    }
  }

  void beat(model_member& x) {
    heartbeat y{x.id, x.epoch, {}, {}};
    for (const auto& [p, next] : x.owned)
      y.owned.push_back({p, next});
    for (const auto& [p, id] : x.draining)
      y.draining.push_back({p, -1});
    x.up.push_back(y);
  }

  void receive(model_member& x, const push& what) {
    if (x.phase != phase::joining && x.phase != phase::in)
      return;
    std::visit([&](const auto& y) { hear(x, y); }, what);
  }

  /// Late is late: what its coordinator sent before it comes first.
  void receive_late(model_member& x) {
    auto life = [](const push& y) {
      return std::visit([](auto& z) { return z.coordinator_epoch; }, y);
    };
    if (!x.late || (!x.down.empty() && life(x.down.front()) <= life(*x.late)))
      return;
    auto late = *std::exchange(x.late, std::nullopt);
    receive(x, late);
  }

  template <class Push>
  bool believes(model_member& x, const Push& y) {
    if (y.member != x.id || y.coordinator_epoch < x.life)
      return false;
    x.life = y.coordinator_epoch;
    if constexpr (requires { y.member_epoch; })
      if (y.member_epoch < x.epoch)
        return false;
    return true;
  }

  void take(model_member& x, const std::vector<assigned_partition>& added) {
    for (const auto& y : added)
      if (!x.holds(y.id))
        x.owned[y.id] = y.offset;
  }

  void give_back(model_member& x, const std::vector<topic_partition>& ids,
                 int64_t revocation) {
    revoked_notice none{x.id, revocation, {}};
    for (const auto& p : ids)
      if (x.owned.erase(p) > 0 || x.draining.count(p) > 0)
        x.draining[p] = revocation;
      else
        none.released.push_back({p, -1});
    if (!none.released.empty())
      x.up.push_back(none);
  }

  void hear(model_member& x, const assignment& y) {
    if (!believes(x, y))
      return;
    x.phase = phase::in;
    x.epoch = y.member_epoch;
    take(x, y.added);
  }

  void hear(model_member& x, const revocation& y) {
    if (believes(x, y))
      give_back(x, y.partitions, y.revocation_id);
  }

  void hear(model_member& x, const member_state& y) {
    if (!believes(x, y))
      return;
    x.phase = phase::in;
    x.epoch = y.member_epoch;
    std::set<topic_partition> all(y.revoking.begin(), y.revoking.end());
    for (const auto& p : y.assigned)
      all.insert(p.id);
    std::erase_if(x.owned, [&](auto& z) { return all.count(z.first) == 0; });
    std::erase_if(x.draining, [&](auto& z) { return all.count(z.first) == 0; });
    take(x, y.assigned);
    give_back(x, y.revoking, y.revocation_id);
  }

  void hear(model_member& x, const fenced_notice& y) {
    if (believes(x, y))
      be_out(x);
  }

  void hear(model_member&, const pause_notice&) {}

  void start_handler(model_member& x) {
    if (x.phase != phase::in || x.busy)
      return;
    for (const auto& [p, next] : x.owned) {
      if (next >= records_per_partition || chance(3))
        continue;
      INFO(dump());
      // Committed, and durable: nobody may begin it again.
      if (is_member(x))
        REQUIRE(durable_table_.position_of(p).next <= next);
      if (!had_faults_)
        REQUIRE(finished_[p].count(next) == 0);
      x.busy = {p, next, x.id, x.epoch};
      return;
    }
  }

  void finish_handler(model_member& x) {
    if (!x.busy || x.commit)
      return;
    auto done = *std::exchange(x.busy, std::nullopt);
    finished_[done.place].insert(done.offset);
    // A result of a partition that was given up meanwhile is dropped.
    if (x.phase != phase::in || !x.holds(done.place) || done.id != x.id)
      return;
    if (auto i = x.owned.find(done.place); i != x.owned.end())
      i->second = done.offset + 1;
    x.commit = commit_request{
      done.id, {{done.place, done.offset + 1, 1, done.epoch, ""}}};
    x.is_commit_sent = false;
  }

  void release_drained(model_member& x) {
    for (const auto& [p, revocation] : x.draining) {
      auto is_busy = x.busy && x.busy->place == p && x.busy->id == x.id;
      auto is_committing = x.commit && x.commit->entries.at(0).id == p;
      if (is_committing)
        continue;
      if (is_busy) {
        if (!faults_.drains_expire || !chance(8))
          continue;
        had_faults_ = true;
      }
      x.up.push_back(revoked_notice{x.id, revocation, {{p, -1}}});
      x.draining.erase(p);
      return;
    }
  }

  void leave(model_member& x) {
    if (x.phase != phase::in || x.busy || x.commit || is_settling_)
      return;
    x.up.push_back(leave_request{x.id, !x.instance.empty() && chance(2), {}});
    be_out(x);
  }

  void die(model_member& x) {
    had_faults_ = true;
    x.up.clear();
    x.down.clear();
    x.late.reset();
    x.busy.reset();
    x.drop_all();
    x.phase = phase::dead;
  }

  /// The monitor tells, unless the coordinator did not know the actor.
  void forget_dead(model_member& x) {
    act([&](turn& t) { core_->exited(x.id, "killed", t); });
    x.phase = phase::out;
  }

  // -- what happens -----------------------------------------------------------

  bool chance(uint64_t n) {
    return random_() % n == 0;
  }

  void step() {
    auto& x = members_[random_() % members_.size()];
    switch (random_() % 20) {
      case 0:
        if (x.phase == phase::out && x.up.empty())
          join(x);
        break;
      case 1:
        if (x.phase == phase::joining && x.up.empty())
          join(x);
        break;
      case 2:
        if (x.phase == phase::in && !is_settling_)
          beat(x);
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
        receive_late(x);
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
          receive(x, next);
        }
        break;
      default:
        if (!queue_.empty())
          make_durable(true);
    }
  }

  void rare_event(model_member& x) {
    if (!chance(6))
      return;
    if (faults_.coordinators_crash && chance(3)) {
      had_faults_ = true;
      crash_coordinator();
    } else if (faults_.members_crash && chance(4)) {
      if (x.phase == phase::dead)
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

  // -- what must hold ---------------------------------------------------------

  /// Known as a member, by what is told and by what will be.
  bool is_member(const model_member& x) const {
    return x.phase == phase::in && core_->table().member(x.id)
           && durable_table_.member(x.id);
  }

  /// I1: no two members hold one partition.
  void check() {
    std::set<topic_partition> held;
    for (const auto& x : members_) {
      if (!is_member(x))
        continue;
      for (const auto& [p, next] : x.owned)
        if (!held.insert(p).second)
          FAIL("two own " << p.partition << "\n" << dump());
      for (const auto& [p, id] : x.draining)
        if (!held.insert(p).second)
          FAIL("two own " << p.partition << "\n" << dump());
    }
  }

  bool is_at_rest() {
    if (!queue_.empty() || !start_questions_.empty()
        || !give_questions_.empty())
      return false;
    size_t owned = 0;
    for (const auto& x : members_) {
      auto known = core_->table().member(x.id);
      if (x.phase != phase::in || !x.up.empty() || !x.down.empty() || x.late
          || x.busy || x.commit || !x.draining.empty() || !known
          || known->current.epoch != x.epoch)
        return false;
      std::vector<topic_partition> mine;
      for (const auto& [p, next] : x.owned)
        mine.push_back(p);
      if (mine != known->target
          || known->current.assigned.size() != mine.size())
        return false;
      owned += mine.size();
    }
    if (owned != topic_.created_index.size())
      return false;
    for (size_t n = 0; n < topic_.created_index.size(); ++n)
      if (core_->table().position_of({topic_.id, static_cast<int32_t>(n)}).next
          != records_per_partition)
        return false;
    return core_->describe()->state == "stable";
  }

  std::string dump() const {
    std::string out;
    for (const auto& x : members_) {
      out += "\n" + x.name + " phase " + std::to_string(int(x.phase))
             + " epoch " + std::to_string(x.epoch) + " up "
             + std::to_string(x.up.size()) + " down "
             + std::to_string(x.down.size()) + (x.busy ? " busy" : "")
             + (x.commit ? " commit" : "") + " owns";
      for (const auto& [p, next] : x.owned)
        out += " " + std::to_string(p.partition) + "@" + std::to_string(next);
      out += " drains";
      for (const auto& [p, id] : x.draining)
        out += " " + std::to_string(p.partition);
      if (auto known = core_->table().member(x.id)) {
        out += " | known epoch " + std::to_string(known->current.epoch)
               + (known->info.is_away ? " away" : "") + " assigned";
        for (const auto& [p, held] : known->current.assigned)
          out += " " + std::to_string(p.partition);
        out += " revoking";
        for (const auto& [p, held] : known->current.revoking)
          out += " " + std::to_string(p.partition);
        out += " target";
        for (const auto& p : known->target)
          out += " " + std::to_string(p.partition);
      }
    }
    out += "\nlife " + std::to_string(life_) + " queue "
           + std::to_string(queue_.size());
    for (const auto& [id, known] : core_->table().members())
      out += " member " + std::to_string(id.low);
    return out;
  }

  std::mt19937_64 random_;
  faults faults_;
  bool had_faults_ = false;
  bool is_settling_ = false;
  caf::timespan now_{0};
  int32_t life_ = 0;
  uint64_t index_ = 1;
  uint64_t ids_ = 0;
  int64_t log_end_ = 0;
  topic_info topic_;
  std::unique_ptr<group> core_;
  shard_table durable_;
  shard_table live_;
  group_table durable_table_;
  std::deque<batch> queue_;
  std::deque<std::vector<start_query>> start_questions_;
  std::deque<std::vector<start_query>> give_questions_;
  std::vector<model_member> members_;
  std::map<topic_partition, std::set<int64_t>> finished_;
};

void explore(uint64_t seeds, const faults& allowed) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    world x{seed, allowed};
    x.run(600);
    x.settle();
  }
}

} // namespace

TEST_CASE("model: joins, leaves and growth, each record handled once") {
  explore(300, {});
}

TEST_CASE("model: members crash") {
  explore(100, {true, false, false, false});
}

TEST_CASE("model: sessions end and drains expire") {
  explore(300, {false, true, true, false});
}

TEST_CASE("model: coordinators crash") {
  explore(500, {false, false, false, true});
}

TEST_CASE("model: all of it at once") {
  explore(1500, {true, true, true, true});
}
