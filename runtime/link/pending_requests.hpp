#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/message_id.hpp>
#include <caf/node_id.hpp>

namespace troupe::link {

/// Answers a request in the place of who was asked. Nothing to do for messages
/// that want no answer.
void bounce(const caf::strong_actor_ptr& sender, caf::message_id mid,
            const caf::error& why);

/// Requests that went over links and have no answer yet: CAF tells nobody who
/// asks through a lost connection that no answer will come. An answer may come
/// over another link than its request went. Safe to be used by several threads.
class pending_requests {
public:
  /// Of one link.
  using link_id = uint64_t;

  void add(link_id link, const caf::strong_actor_ptr& sender,
           caf::message_id request, const caf::node_id& process,
           caf::actor_id asked);

  /// It has its answer; whether it was still waiting.
  bool remove(const caf::strong_actor_ptr& sender, caf::message_id response);

  /// No answer comes over this link any more.
  void fail(link_id link, const caf::error& why);

  /// None comes of this actor any more.
  void fail(const caf::node_id& process, caf::actor_id asked,
            const caf::error& why);

  /// Forgets those whose sender has ended.
  void sweep();

  size_t size() const;

private:
  struct entry {
    link_id link = 0;
    caf::weak_actor_ptr sender;
    caf::node_id process;
    caf::actor_id asked = 0;
  };

  /// Who waits, and for which answer.
  using key = std::pair<const caf::actor_control_block*, uint64_t>;

  template <class Predicate>
  void fail_if(Predicate which, const caf::error& why);

  mutable std::mutex mutex_;
  std::map<key, entry> entries_;
};

} // namespace troupe::link
