#include "runtime/link/pending_requests.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/message.hpp>

namespace troupe::link {

void bounce(const caf::strong_actor_ptr& sender, caf::message_id mid,
            const caf::error& why) {
  if (sender && mid.is_request())
    sender->enqueue(nullptr, mid.response_id(), caf::make_message(why),
                    nullptr);
}

void pending_requests::add(link_id link, const caf::strong_actor_ptr& sender,
                           caf::message_id request, const caf::node_id& process,
                           caf::actor_id asked) {
  std::lock_guard guard{mutex_};
  entries_.insert_or_assign(
    key{sender.get(), request.response_id().integer_value()},
    entry{link, caf::actor_cast<caf::weak_actor_ptr>(sender), process, asked});
}

bool pending_requests::remove(const caf::strong_actor_ptr& sender,
                              caf::message_id response) {
  std::lock_guard guard{mutex_};
  return entries_.erase(key{sender.get(), response.integer_value()}) > 0;
}

template <class Predicate>
void pending_requests::fail_if(Predicate which, const caf::error& why) {
  std::vector<std::pair<caf::strong_actor_ptr, uint64_t>> failed;
  {
    std::lock_guard guard{mutex_};
    for (auto i = entries_.begin(); i != entries_.end();) {
      if (!which(i->second)) {
        ++i;
        continue;
      }
      if (auto x = caf::actor_cast<caf::strong_actor_ptr>(i->second.sender))
        failed.emplace_back(std::move(x), i->first.second);
      i = entries_.erase(i);
    }
  }
  for (auto& [sender, response] : failed)
    sender->enqueue(nullptr, caf::make_message_id(response),
                    caf::make_message(why), nullptr);
}

void pending_requests::fail(link_id link, const caf::error& why) {
  fail_if([=](const entry& x) { return x.link == link; }, why);
}

void pending_requests::fail(const caf::node_id& process, caf::actor_id asked,
                            const caf::error& why) {
  fail_if(
    [&](const entry& x) { return x.asked == asked && x.process == process; },
    why);
}

void pending_requests::sweep() {
  std::lock_guard guard{mutex_};
  for (auto i = entries_.begin(); i != entries_.end();)
    if (caf::actor_cast<caf::strong_actor_ptr>(i->second.sender))
      ++i;
    else
      i = entries_.erase(i);
}

size_t pending_requests::size() const {
  std::lock_guard guard{mutex_};
  return entries_.size();
}

} // namespace troupe::link
