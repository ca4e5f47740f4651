// Users read error names in JSON and logs, programs compare their codes, and
// both are what other versions of Troupe send: they must not drift.
#include "actors/protocol/errors.hpp"

#include <set>

#include <caf/sec.hpp>

#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr auto last = static_cast<uint8_t>(ec::gateway_unavailable);

} // namespace

TEST_CASE("codes and names are fixed") {
  struct row {
    ec code;
    int number;
    const char* name;
  };
  auto x = GENERATE(row{ec::none, 0, "none"},
                    row{ec::invalid_argument, 1, "invalid_argument"},
                    row{ec::topic_exists, 4, "topic_exists"},
                    row{ec::storage_failed, 10, "storage_failed"},
                    row{ec::unsupported_version, 14, "unsupported_version"},
                    row{ec::not_available, 17, "not_available"},
                    row{ec::timed_out, 19, "timed_out"},
                    row{ec::stale_epoch, 23, "stale_epoch"},
                    row{ec::group_not_empty, 27, "group_not_empty"},
                    row{ec::handler_failed, 30, "handler_failed"},
                    row{ec::consensus_failed, 32, "consensus_failed"},
                    row{ec::not_enough_replicas, 33, "not_enough_replicas"},
                    row{ec::stale_partition_epoch, 34, "stale_partition_epoch"},
                    row{ec::wrong_cluster, 35, "wrong_cluster"},
                    row{ec::not_allowed, 36, "not_allowed"},
                    row{ec::record_rejected, 37, "record_rejected"},
                    row{ec::gateway_unavailable, 38, "gateway_unavailable"});
  CHECK(static_cast<int>(x.code) == x.number);
  CHECK(to_string(x.code) == std::string{x.name});
}

TEST_CASE("every code has a name of its own") {
  std::set<std::string> names;
  for (int i = 0; i <= last; ++i)
    names.insert(to_string(static_cast<ec>(i)));
  CHECK(names.size() == size_t{last} + 1);
  CHECK_FALSE(names.contains("unknown_code"));
  CHECK(to_string(static_cast<ec>(last + 1)) == std::string{"unknown_code"});
}

TEST_CASE("an error carries its code and its facts") {
  auto error = make_error(ec::unknown_partition, "messages-3: the topic has 3");
  CHECK(error);
  CHECK(code_of(error) == ec::unknown_partition);
  CHECK(what(error) == "unknown_partition: messages-3: the topic has 3");
}

TEST_CASE("errors of CAF are not taken for Troupe's") {
  caf::error error = caf::sec::request_timeout;
  CHECK(code_of(error) == ec::none);
  CHECK_FALSE(is_retriable(error));
  CHECK_FALSE(what(error).empty());
  CHECK(code_of(caf::error{}) == ec::none);
}

TEST_CASE("what may succeed when it is asked again") {
  const std::set<ec> retriable = {
    ec::storage_full,       ec::unknown_leader_epoch,
    ec::not_available,      ec::queue_full,
    ec::timed_out,          ec::not_leader,
    ec::not_enough_replicas};
  for (int i = 1; i <= last; ++i) {
    auto code = static_cast<ec>(i);
    INFO(to_string(code));
    CHECK(is_retriable(make_error(code, "")) == retriable.contains(code));
  }
}
