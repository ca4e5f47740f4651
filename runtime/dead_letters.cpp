#include "runtime/dead_letters.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

namespace {

/// Beside one letter of the largest size.
constexpr uint64_t buffer_bytes = 2 * letter_bytes_max;

/// Why an answer is not what was asked for; none: it is.
caf::error check(const letter_box& from, int64_t offset, int64_t end,
                 const fetch_result& x) {
  switch (x.status) {
    case fetch_status::below_start:
      return make_error(ec::offset_out_of_range,
                        fmt::format("{}: the letters from {} to {} were "
                                    "removed meanwhile: by somebody who "
                                    "replays them, too, or by retention",
                                    from.topic, offset, x.log_start - 1));
    case fetch_status::above_end:
    case fetch_status::diverged:
      return make_error(ec::offset_out_of_range,
                        fmt::format("{}: its log was cut meanwhile, below {}",
                                    from.topic, offset));
    case fetch_status::ok:
      break;
  }
  if (!x.batches.empty())
    return caf::none;
  return make_error(ec::not_available,
                    fmt::format("{}: what stands from {} to {} cannot be read "
                                "just now",
                                from.topic, offset, end - 1));
}

/// Letters of two groups may share a box: topic 'a' of group 'b.c' and topic
/// 'a.b' of group 'c'. They share what they come back through as well.
bool belongs(const dead_letter& x, const letter_box& to) {
  return dead_letter_topic(x.topic, x.group) == to.topic;
}

/// Adds what is in a batch to the page.
caf::error take(const record_batch& batch, const letter_box& from, int64_t end,
                letter_page& page) {
  record_reader in{batch};
  for (placed_record x; page.letters.size() < letters_max && in.next(x);) {
    if (x.offset < page.next)
      continue;
    if (x.offset >= end)
      break;
    auto letter = read_dead_letter(x.content);
    if (letter && belongs(*letter, from))
      page.letters.push_back({x.offset, std::move(*letter)});
    else if (!page.stranger)
      page.stranger = x.offset;
    page.next = x.offset + 1;
  }
  if (in.failure())
    return in.failure();
  // Offsets without a record are passed, too.
  if (page.letters.size() < letters_max)
    page.next = std::min(end, batch.header.last_offset() + 1);
  return caf::none;
}

} // namespace

// -- finding -----------------------------------------------------------------

caf::expected<letter_box> find_letter_box(const letter_access& node,
                                          const std::string& topic) {
  auto about = node.topic(topic);
  if (!about)
    return std::move(about.error());
  auto log = node.locate(topic_partition{about->id, 0});
  if (!log)
    return std::move(log.error());
  auto status = node.status(*log);
  if (!status)
    return std::move(status.error());
  return letter_box{topic, *log, status->log_start, status->high_watermark};
}

caf::expected<std::vector<letter_box>> find_letter_boxes(
  const letter_access& node) {
  auto topics = node.topics();
  if (!topics)
    return std::move(topics.error());
  std::vector<letter_box> result;
  for (const auto& x : *topics) {
    if (!is_dead_letter_topic(x.name))
      continue;
    auto box = find_letter_box(node, x.name);
    if (!box)
      return std::move(box.error());
    result.push_back(std::move(*box));
  }
  return result;
}

// -- reading -----------------------------------------------------------------

caf::expected<letter_page> read_letters(const letter_access& node,
                                        const letter_box& from, int64_t offset,
                                        int64_t end) {
  letter_page page;
  page.next = offset;
  uint64_t bytes = 0;
  while (page.next < end && page.letters.size() < letters_max
         && bytes < letters_bytes_max) {
    fetch_request request;
    request.offset = page.next;
    auto found = node.fetch(from.log, request);
    if (!found)
      return std::move(found.error());
    if (auto problem = check(from, page.next, end, *found))
      return problem;
    auto before = page.next;
    for (const auto& batch : found->batches) {
      bytes += batch.encoded_bytes();
      if (auto problem = take(batch, from, end, page))
        return problem;
    }
    // Never in a circle, whatever the answer was.
    if (page.next == before)
      return make_error(ec::not_available,
                        fmt::format("{}: the answer to a fetch from {} has "
                                    "nothing of it",
                                    from.topic, before));
  }
  return page;
}

// -- replaying ---------------------------------------------------------------

namespace {

caf::error make_topic(const letter_access& node, const std::string& name) {
  auto made = node.create(letter_topic(name));
  if (made || code_of(made.error()) == ec::topic_exists)
    return caf::none;
  return std::move(made.error());
}

caf::error post(const letter_access& node,
                const std::vector<placed_letter>& letters) {
  if (letters.empty())
    return caf::none;
  const auto& first = letters.front().what;
  auto topic = replay_topic(first.topic, first.group);
  if (auto problem = make_topic(node, topic))
    return problem;
  std::vector<posting> all;
  for (const auto& x : letters) {
    posting each;
    each.topic = topic;
    each.content = to_record(x.what);
    all.push_back(std::move(each));
  }
  return node.post(all);
}

/// Nothing from the first record on that is no letter: nobody has seen it, and
/// it would be deleted with those before it.
void leave_strangers(letter_page& page) {
  if (!page.stranger)
    return;
  page.next = *page.stranger;
  std::erase_if(page.letters,
                [&](const auto& x) { return x.offset >= page.next; });
}

caf::error replay_page(const letter_access& node, const letter_box& box,
                       letter_page& page) {
  leave_strangers(page);
  if (auto problem = post(node, page.letters))
    return problem;
  delete_request done;
  done.before = page.next;
  auto deleted = node.remove(box.log, done);
  return deleted ? caf::none : std::move(deleted.error());
}

} // namespace

replay_result replay_letters(const letter_access& node, const letter_box& box,
                             int64_t end) {
  replay_result result;
  end = std::min(end, box.end);
  for (auto next = box.begin; next < end;) {
    auto page = read_letters(node, box, next, end);
    if (!page) {
      result.problem = std::move(page.error());
      return result;
    }
    result.problem = replay_page(node, box, *page);
    if (result.problem)
      return result;
    result.letters += page->letters.size();
    next = page->next;
    if (page->stranger) {
      result.problem =
        make_error(ec::invalid_argument,
                   fmt::format("{}: the record at {} is no letter of it, and "
                               "stays, with all behind it; 'troupe topic "
                               "delete-records' takes it away",
                               box.topic, next));
      return result;
    }
  }
  return result;
}

// -- posting -----------------------------------------------------------------

producer_actor spawn_letter_producer(caf::actor_system& system, node_actor node,
                                     const epoch_offset& epoch) {
  producer_config config;
  config.settings.buffer_bytes = buffer_bytes;
  config.node = std::move(node);
  config.epoch = epoch;
  return system.spawn(producer, std::move(config));
}

letter_poster::letter_poster(caf::actor_system& system, const node_actor& node,
                             const epoch_offset& epoch)
  : handle_(spawn_letter_producer(system, node, epoch)) {
  // nop
}

letter_poster::~letter_poster() {
  caf::anon_send_exit(handle_, caf::exit_reason::kill);
}

} // namespace troupe
