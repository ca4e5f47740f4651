#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "tests/checker/findings.hpp"
#include "tests/checker/history.hpp"

namespace troupe::checker {

/// A record whose place is known.
struct known_record {
  std::string value;
  /// When its post began, in events of the history; 0: nobody has posted it.
  uint64_t posted = 0;
  /// How it was acknowledged; `none`: it was not.
  enum acks acks = acks::none;
};

/// A partition as clients and the disk have shown it.
struct known_log {
  /// When it came, in events of the history; 0: nobody was told.
  uint64_t since = 0;
  bool may_have_gaps = false;
  /// By offset.
  std::map<int64_t, known_record> records;

  /// Behind the last known record.
  int64_t end() const {
    return records.empty() ? 0 : records.rbegin()->first + 1;
  }

  /// Behind the last record that survives a power cut.
  int64_t durable_end() const;
};

/// What is in the logs. Finds records that were acknowledged and are not there,
/// that are there twice, that changed, or that nobody has posted (I3, I5).
class log_book {
public:
  explicit log_book(findings& out) : out_(out) {}

  void serve(const topic_served& x, uint64_t now);
  void forget(const topic_deleted& x);
  void expect(const post_begun& x, uint64_t now);
  void acknowledge(const post_acknowledged& x);

  /// A client or the disk shows a record.
  void see(const place& where, int64_t offset, const std::string& value);

  /// The node has ended: what is found next may lack what was not durable.
  void end_life(node_end how);

  /// Judges what is on the disk, then takes it for what there is.
  void judge(const log_found& x);

  /// Null: not known.
  const known_log* find(const place& where) const;

  const std::map<place, known_log>& logs() const noexcept {
    return logs_;
  }

  bool is_deleted(const std::string& topic) const {
    return deleted_.count(topic) > 0;
  }

private:
  struct post {
    uint64_t begun = 0;
    std::optional<std::pair<place, int64_t>> seen;
  };

  known_record* note(const place& where, int64_t offset,
                     const std::string& value);
  bool must_be_there(const place& where, const known_record& x) const;

  findings& out_;
  std::map<place, known_log> logs_;
  std::map<std::string, uint64_t> deleted_;
  std::unordered_map<std::string, post> posts_;
  /// The hardest end since the disk was looked at.
  std::map<place, node_end> ends_;
};

} // namespace troupe::checker
