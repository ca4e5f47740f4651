#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/consumer/dead_letter.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"

/// The dead letters of groups, for people: which there are, and how they come
/// back. For threads that may wait; nothing here prints.
namespace troupe {

/// Letters that one read brings at most, ...
inline constexpr size_t letters_max = 1000;

/// ... and the bytes after which it ends.
inline constexpr uint64_t letters_bytes_max = 16 * mib;

/// What letters need of a node. Each asks, and waits for the answer.
struct letter_access {
  std::function<caf::expected<std::vector<topic_info>>()> topics;
  std::function<caf::expected<topic_info>(const std::string& name)> topic;
  std::function<caf::expected<topic_info>(const topic_spec& x)> create;
  std::function<caf::expected<partition_actor>(const topic_partition& id)>
    locate;
  std::function<caf::expected<partition_status>(const partition_actor& log)>
    status;
  std::function<caf::expected<fetch_result>(const partition_actor& log,
                                            const fetch_request& x)>
    fetch;
  std::function<caf::expected<delete_result>(const partition_actor& log,
                                             const delete_request& x)>
    remove;
  /// Posts all of them, in their order.
  std::function<caf::error(const std::vector<posting>& xs)> post;
};

/// By whatever can ask a node: `asker.ask<Result>(whom, what...)` waits for the
/// answer. It outlives the result, which makes a producer for its first post.
template <class Asker>
letter_access letter_access_of(Asker& asker, const node_actor& node,
                               const epoch_offset& epoch);

/// The one partition of a topic of dead letters.
struct letter_box {
  std::string topic;
  partition_actor log;
  int64_t begin = 0;
  int64_t end = 0;
};

/// All that there are. Errors: those of asking.
caf::expected<std::vector<letter_box>> find_letter_boxes(
  const letter_access& node);

/// `topic`: as `dead_letter_topic` makes it. Errors: `unknown_topic`; those of
/// asking.
caf::expected<letter_box> find_letter_box(const letter_access& node,
                                          const std::string& topic);

/// A letter in its place.
struct placed_letter {
  int64_t offset = 0;
  dead_letter what;
};

/// What a read brings.
struct letter_page {
  std::vector<placed_letter> letters;
  /// All before it was read: there may be more from here on.
  int64_t next = 0;
  /// The first record that is no letter of this box.
  std::optional<int64_t> stranger;
};

/// Reads from `offset` on, up to `end` at most. Errors: `offset_out_of_range`:
/// what is to be read was removed meanwhile, or its log was cut;
/// `not_available`: not all of it can be read just now; `corrupt_batch`; those
/// of asking.
caf::expected<letter_page> read_letters(const letter_access& node,
                                        const letter_box& from, int64_t offset,
                                        int64_t end);

/// How far a replay came.
struct replay_result {
  uint64_t letters = 0;
  /// Why it went no further; none: it came to its end.
  caf::error problem;
};

/// Posts the letters below `end` to where their group gets them again, in their
/// order, and deletes them from the box: only those that it has posted. What
/// goes wrong between the two brings them back twice, rather than never. Stops
/// at a record that is no letter of this box.
replay_result replay_letters(const letter_access& node, const letter_box& box,
                             int64_t end);

/// PRODUCER that takes whatever fits into a topic of letters.
producer_actor spawn_letter_producer(caf::actor_system& system, node_actor node,
                                     const epoch_offset& epoch);

// -- implementation ----------------------------------------------------------

/// Ends its producer.
class letter_poster {
public:
  letter_poster(caf::actor_system& system, const node_actor& node,
                const epoch_offset& epoch);
  ~letter_poster();

  letter_poster(const letter_poster&) = delete;
  letter_poster& operator=(const letter_poster&) = delete;

  const producer_actor& handle() const noexcept {
    return handle_;
  }

private:
  producer_actor handle_;
};

template <class Asker>
letter_access letter_access_of(Asker& asker, const node_actor& node,
                               const epoch_offset& epoch) {
  letter_access result;
  result.topics = [&asker, node] {
    return asker.template ask<std::vector<topic_info>>(node, topics_atom_v);
  };
  result.topic = [&asker, node](const std::string& name) {
    return asker.template ask<topic_info>(node, topic_atom_v, name);
  };
  result.create = [&asker, node](const topic_spec& x) {
    return asker.template ask<topic_info>(node, create_atom_v, x);
  };
  result.locate = [&asker, node](const topic_partition& id) {
    return asker.template ask<partition_actor>(node, locate_atom_v, id);
  };
  result.status = [&asker](const partition_actor& log) {
    return asker.template ask<partition_status>(log, status_atom_v);
  };
  result.fetch = [&asker](const partition_actor& log, const fetch_request& x) {
    return asker.template ask<fetch_result>(log, fetch_atom_v, x);
  };
  result.remove = [&asker](const partition_actor& log,
                           const delete_request& x) {
    return asker.template ask<delete_result>(log, delete_atom_v, x);
  };
  result.post = [&asker, node, epoch,
                 poster = std::shared_ptr<letter_poster>{}](
                  const std::vector<posting>& xs) mutable -> caf::error {
    if (!poster)
      poster = std::make_shared<letter_poster>(asker.system(), node, epoch);
    auto done = asker.template ask<std::vector<record_metadata>>(
      poster->handle(), post_atom_v, xs);
    return done ? caf::none : std::move(done.error());
  };
  return result;
}

} // namespace troupe
