#include "tests/simulation/network.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

namespace troupe::testing {

/// What all lines share.
struct network::state {
  caf::actor_system& system;
  line_listener listener;
  caf::actor door;
  node_actor node;
  /// Grows with each cut.
  uint64_t life = 0;
  std::vector<caf::actor_addr> lines;
  std::multimap<caf::actor_addr, caf::actor_addr> lines_of;
  std::map<topic_partition, std::pair<partition_actor, partition_actor>>
    partitions;
};

namespace {

using state_ptr = std::shared_ptr<network::state>;

caf::error gone() {
  return caf::make_error(caf::sec::request_receiver_down);
}

/// Asks `whom` in the name of who asked `self`; `seen` sees the answer before.
template <class Result, class Target, class F, class... Ts>
caf::result<Result> pass(caf::event_based_actor* self, const state_ptr& net,
                         const Target& whom, F seen, Ts... xs) {
  auto promise = self->make_response_promise<Result>();
  if (!whom) {
    promise.deliver(gone());
    return promise;
  }
  self->request(whom, caf::infinite, std::move(xs)...)
    .then(
      [net, life = net->life, promise, seen](Result& x) mutable {
        if (net->life != life) {
          promise.deliver(gone());
          return;
        }
        seen(x);
        promise.deliver(std::move(x));
      },
      [net, life = net->life, promise](caf::error& why) mutable {
        promise.deliver(net->life == life ? std::move(why) : gone());
      });
  return promise;
}

constexpr auto unseen = [](const auto&) {};

/// Ends when either of its ends does.
void end_with(caf::event_based_actor* self,
              const std::vector<caf::actor_addr>& ends) {
  for (const auto& x : ends)
    if (auto handle = caf::actor_cast<caf::actor>(x))
      self->monitor(handle);
    else
      self->quit(gone());
  self->set_down_handler(
    [self](caf::down_msg& x) { self->quit(std::move(x.reason)); });
}

void note_line(const state_ptr& net, const caf::actor& x) {
  net->lines.push_back(x.address());
}

// -- to a partition ----------------------------------------------------------

caf::behavior partition_line(caf::event_based_actor* self, state_ptr net,
                             topic_partition id, partition_actor to) {
  end_with(self, {to.address()});
  return {
    [=](append_atom, append_request& x) {
      return pass<append_result>(self, net, to, unseen, append_atom_v,
                                 std::move(x));
    },
    [=](fetch_atom, fetch_request& x) {
      auto from = caf::actor_cast<caf::actor_addr>(self->current_sender());
      net->listener.on_fetch(from, id, x.offset);
      return pass<fetch_result>(self, net, to, unseen, fetch_atom_v,
                                std::move(x));
    },
  };
}

partition_actor line_to(const state_ptr& net, const topic_partition& id,
                        const partition_actor& to) {
  auto& [real, line] = net->partitions[id];
  if (real != to) {
    if (real)
      net->listener.on_reopened(id);
    auto made = net->system.spawn(partition_line, net, id, to);
    note_line(net, made);
    // A connection that broke ends the line, and the same actor is found again.
    made->attach_functor([net, id, address = made.address()] {
      auto i = net->partitions.find(id);
      if (i != net->partitions.end() && i->second.second.address() == address)
        net->partitions.erase(i);
    });
    real = to;
    line = caf::actor_cast<partition_actor>(made);
  }
  return line;
}

// -- between a consumer and its coordinator ----------------------------------

caf::behavior coordinator_line(caf::event_based_actor* self, state_ptr net,
                               caf::actor_addr from, coordinator_actor to) {
  end_with(self, {from, to.address()});
  auto tell = [self, net, from](auto verb, auto& x) {
    if (auto handle = caf::actor_cast<consumer_actor>(from))
      self->send(handle, verb, std::move(x));
  };
  auto any = [net, from](const auto&) { net->listener.on_any(from); };
  return {
    [=](join_atom, join_request& x, const consumer_actor&) {
      net->listener.on_join(from);
      return pass<join_result>(
        self, net, to,
        [net, from](const auto&) { net->listener.on_joined(from); },
        join_atom_v, std::move(x), caf::actor_cast<consumer_actor>(self));
    },
    [=](beat_atom, heartbeat& x) {
      net->listener.on_any(from);
      return pass<heartbeat_result>(self, net, to, any, beat_atom_v,
                                    std::move(x));
    },
    [=](revoked_atom, revoked_notice& x) {
      net->listener.on_any(from);
      return pass<caf::ok_atom>(self, net, to, unseen, revoked_atom_v,
                                std::move(x));
    },
    [=](leave_atom, leave_request& x) {
      net->listener.on_any(from);
      return pass<caf::ok_atom>(self, net, to, unseen, leave_atom_v,
                                std::move(x));
    },
    [=](commit_atom, commit_request& x) {
      net->listener.on_commit(from, x.entries);
      return pass<commit_result>(
        self, net, to,
        [net, from, asked = x.entries](const commit_result& answer) {
          net->listener.on_committed(from, asked, answer);
        },
        commit_atom_v, x);
    },
    [=](pace_atom, const uuid& member, uint32_t count) {
      return pass<caf::timespan>(self, net, to, unseen, pace_atom_v, member,
                                 count);
    },
    [=](assign_atom, assignment& x) {
      net->listener.on_given(from, x.added);
      tell(assign_atom_v, x);
    },
    [=](revoke_atom, revocation& x) { tell(revoke_atom_v, x); },
    [=](state_atom, member_state& x) {
      net->listener.on_given(from, x.assigned);
      tell(state_atom_v, x);
    },
    [=](fenced_atom, fenced_notice& x) { tell(fenced_atom_v, x); },
    [=](pause_atom, pause_notice& x) { tell(pause_atom_v, x); },
    [=](tick_atom, caf::timespan duration) {
      // Holds back what comes, until the second tick.
      self->set_default_handler(caf::skip);
      self->become(caf::keep_behavior, [self](tick_atom) {
        self->set_default_handler(caf::print_and_drop);
        self->unbecome();
      });
      self->delayed_send(self, duration, tick_atom_v);
    },
  };
}

// -- to the node -------------------------------------------------------------

/// Finds a role; `line` makes the line to it.
template <class Handle, class F, class... Ts>
caf::result<Handle> find(caf::event_based_actor* self, const state_ptr& net,
                         F line, Ts... xs) {
  return pass<Handle>(
    self, net, net->node, [line](Handle& x) { x = line(x); }, std::move(xs)...);
}

caf::behavior door(caf::event_based_actor* self, state_ptr net) {
  return {
    [=](group_atom, const std::string& group) {
      auto from = caf::actor_cast<caf::actor_addr>(self->current_sender());
      auto line = [net, from](const coordinator_actor& to) {
        auto made = net->system.spawn(coordinator_line, net, from, to);
        note_line(net, made);
        net->lines_of.emplace(from, made.address());
        return caf::actor_cast<coordinator_actor>(made);
      };
      return find<coordinator_actor>(self, net, line, group_atom_v, group);
    },
    [=](locate_atom, const topic_partition& id) {
      auto line = [net, id](const partition_actor& to) {
        return line_to(net, id, to);
      };
      return find<partition_actor>(self, net, line, locate_atom_v, id);
    },
    [=](topic_atom, const std::string& name) {
      return pass<topic_info>(self, net, net->node, unseen, topic_atom_v, name);
    },
    [=](identify_atom) {
      return pass<producer_identity>(self, net, net->node, unseen,
                                     identify_atom_v);
    },
    [=](create_atom, const topic_spec& x) {
      return pass<topic_info>(self, net, net->node, unseen, create_atom_v, x);
    },
    [=](grow_atom, const std::string& name, int32_t partitions) {
      return pass<topic_info>(self, net, net->node, unseen, grow_atom_v, name,
                              partitions);
    },
    [=](delete_atom, const std::string& name) {
      return pass<topic_info>(self, net, net->node, unseen, delete_atom_v,
                              name);
    },
  };
}

} // namespace

network::network(caf::actor_system& system, line_listener listener)
  : state_(std::make_shared<state>(
    state{system, std::move(listener), {}, {}, 0, {}, {}, {}})) {
  state_->door = system.spawn(troupe::testing::door, state_);
}

network::~network() {
  cut();
  caf::anon_send_exit(state_->door, caf::exit_reason::kill);
  state_->door = nullptr;
}

node_actor network::door() const noexcept {
  return caf::actor_cast<node_actor>(state_->door);
}

void network::connect(node_actor node) {
  state_->node = std::move(node);
}

void network::cut() {
  auto& net = *state_;
  ++net.life;
  net.node = nullptr;
  for (const auto& x : std::exchange(net.lines, {}))
    if (auto handle = caf::actor_cast<caf::actor>(x))
      caf::anon_send_exit(handle, caf::exit_reason::remote_link_unreachable);
  net.lines_of.clear();
  net.partitions.clear();
}

void network::stall(const consumer_actor& consumer, caf::timespan duration) {
  auto [begin, end] = state_->lines_of.equal_range(consumer.address());
  for (auto i = begin; i != end; ++i)
    if (auto handle = caf::actor_cast<caf::actor>(i->second))
      caf::anon_send(handle, tick_atom_v, duration);
}

} // namespace troupe::testing
