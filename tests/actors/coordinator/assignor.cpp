// Who gets which partition: balance is what a second consumer is started for,
// and every needless move is a pause that somebody notices.
#include "actors/coordinator/assignor.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

topic_id topic(uint64_t n) {
  return {5, n};
}

uuid member(uint64_t n) {
  return {1, n};
}

/// Members 1, 2... with the numbers of their topics; topics 1, 2... with sizes.
assignor_input input(const std::vector<std::vector<uint64_t>>& members,
                     const std::vector<int32_t>& sizes,
                     assignment_map previous = {}) {
  assignor_input result;
  for (size_t i = 0; i < members.size(); ++i) {
    assignor_member x{member(i + 1), "m" + std::to_string(i + 1), {}};
    for (auto n : members[i])
      x.topics.push_back(topic(n));
    result.members.push_back(x);
  }
  for (size_t i = 0; i < sizes.size(); ++i)
    result.topics.push_back(
      {topic(i + 1), "t" + std::to_string(i + 1), sizes[i]});
  result.previous = std::move(previous);
  return result;
}

std::vector<size_t> loads(const assignor_input& in, const assignment_map& out) {
  std::vector<size_t> result;
  for (const auto& x : in.members) {
    auto i = out.find(x.id);
    result.push_back(i != out.end() ? i->second.size() : 0);
  }
  return result;
}

/// Partitions that had a living owner before and have another one now.
size_t moves(const assignor_input& in, const assignment_map& out) {
  std::map<topic_partition, uuid> owner;
  for (const auto& [id, partitions] : out)
    for (const auto& x : partitions)
      owner[x] = id;
  size_t result = 0;
  for (const auto& [id, partitions] : in.previous)
    for (const auto& x : partitions)
      result += owner.count(x) > 0 && owner[x] != id;
  return result;
}

using sizes = std::vector<size_t>;

} // namespace

TEST_CASE("uniform: even within one") {
  struct row {
    size_t members;
    int32_t partitions;
  };
  for (auto [count, partitions] :
       {row{1, 3}, row{2, 3}, row{3, 3}, row{4, 3}, row{3, 10}, row{7, 100}}) {
    auto in = input(std::vector(count, std::vector<uint64_t>{1}), {partitions});
    auto out = assign_uniform(in);
    auto all = loads(in, out);
    auto [least, most] = std::minmax_element(all.begin(), all.end());
    CHECK(*most - *least <= 1);
    CHECK(std::accumulate(all.begin(), all.end(), size_t{0})
          == static_cast<size_t>(partitions));
  }
}

TEST_CASE("uniform: the same input again moves nothing") {
  auto in = input({{1, 2}, {1, 2}, {2}}, {5, 7});
  in.previous = assign_uniform(in);
  CHECK(assign_uniform(in) == in.previous);
}

TEST_CASE("uniform: a member that joins gets its share and nobody else moves") {
  for (size_t count = 1; count < 8; ++count) {
    auto before = input(std::vector(count, std::vector<uint64_t>{1}), {20});
    auto after = input(std::vector(count + 1, std::vector<uint64_t>{1}), {20},
                       assign_uniform(before));
    auto out = assign_uniform(after);
    auto all = loads(after, out);
    CHECK(all.back() == 20 / (count + 1));
    CHECK(moves(after, out) == all.back());
  }
}

TEST_CASE("uniform: what a leaver had is dealt, the rest stays") {
  auto before = input({{1}, {1}, {1}}, {9});
  auto target = assign_uniform(before);
  auto after = input({{1}, {1}}, {9}, target);
  auto out = assign_uniform(after);
  CHECK(loads(after, out) == sizes{5, 4});
  after.previous.erase(member(3));
  CHECK(moves(after, out) == 0);
}

TEST_CASE("uniform: growth moves nothing that is there") {
  auto before = input({{1}, {1}}, {4});
  auto after = input({{1}, {1}}, {8}, assign_uniform(before));
  auto out = assign_uniform(after);
  CHECK(loads(after, out) == sizes{4, 4});
  CHECK(moves(after, out) == 0);
}

TEST_CASE("uniform: different subscriptions, as even as they allow") {
  // m1 alone has t2; so t1 is for the others.
  auto in = input({{1, 2}, {1}, {1}}, {4, 2});
  CHECK(loads(in, assign_uniform(in)) == sizes{2, 2, 2});
  // A chain: m1 can only be relieved by way of m2.
  auto chain = input({{1, 2}, {2, 3}, {3}}, {1, 3, 2});
  chain.previous = {{member(1), {{topic(1), 0}, {topic(2), 0}, {topic(2), 1}}},
                    {member(2), {{topic(2), 2}, {topic(3), 0}, {topic(3), 1}}}};
  CHECK(loads(chain, assign_uniform(chain)) == sizes{2, 2, 2});
  // Nobody wants t2.
  auto alone = input({{1}}, {2, 5});
  CHECK(loads(alone, assign_uniform(alone)) == sizes{2});
}

TEST_CASE("uniform: what was dealt to a member that no longer wants it goes") {
  auto in = input({{2}, {1}}, {2, 1},
                  {{member(1), {{topic(1), 0}, {topic(1), 1}, {topic(9), 0}}}});
  auto out = assign_uniform(in);
  CHECK(loads(in, out) == sizes{1, 2});
}

TEST_CASE("uniform: random histories stay valid, even and stable") {
  std::mt19937 random{11};
  for (int round = 0; round < 200; ++round) {
    assignment_map previous;
    for (int step = 0; step < 6; ++step) {
      std::vector<std::vector<uint64_t>> members(1 + random() % 6);
      for (auto& topics : members)
        for (uint64_t n = 1; n <= 3; ++n)
          if (random() % 3 > 0)
            topics.push_back(n);
      auto in = input(members,
                      {static_cast<int32_t>(random() % 8),
                       static_cast<int32_t>(random() % 8), 5},
                      previous);
      assignor_registry registry;
      // Valid: the registry checks it.
      auto out = registry.assign("uniform", in);
      REQUIRE(out);
      // Even: no single pass of a partition would help.
      auto all = loads(in, *out);
      for (size_t from = 0; from < members.size(); ++from)
        for (const auto& x : (*out)[member(from + 1)])
          for (size_t to = 0; to < members.size(); ++to)
            if (std::count(in.members[to].topics.begin(),
                           in.members[to].topics.end(), x.topic))
              CHECK(all[to] + 1 >= all[from]);
      in.previous = *out;
      std::erase_if(in.previous,
                    [](const auto& x) { return x.second.empty(); });
      CHECK(assign_uniform(in) == in.previous);
      previous = in.previous;
    }
  }
}

TEST_CASE("range: neighbours, the first members get one more") {
  auto in = input({{1, 2}, {1, 2}, {1}}, {7, 2});
  auto out = assign_range(in);
  CHECK(loads(in, out) == sizes{4, 3, 2});
  CHECK(out[member(1)]
        == std::vector<topic_partition>{
          {topic(1), 0}, {topic(1), 1}, {topic(1), 2}, {topic(2), 0}});
  CHECK(out[member(3)]
        == std::vector<topic_partition>{{topic(1), 5}, {topic(1), 6}});
  auto few = input({{1}, {1}, {1}}, {2});
  CHECK(loads(few, assign_range(few)) == sizes{1, 1, 0});
}

TEST_CASE("a user's assignor is called by its name") {
  assignor_registry registry;
  registry.add("first takes all", [](const assignor_input& in) {
    assignment_map out;
    for (const auto& x : in.topics)
      for (int32_t n = x.partitions; n > 0; --n)
        out[in.members.front().id].push_back({x.id, n - 1});
    return out;
  });
  CHECK(registry.names()
        == std::vector<std::string>{"first takes all", "range", "uniform"});
  auto in = input({{1}, {1}}, {3});
  auto out = registry.assign("first takes all", in);
  REQUIRE(out);
  CHECK(loads(in, *out) == sizes{3, 0});
  // In order, whatever order the assignor gave.
  CHECK((*out)[member(1)].front().partition == 0);
}

TEST_CASE("what an assignor must not do is noticed") {
  struct row {
    std::string text;
    assignment_map target;
  };
  const row rows[] = {
    {"it deals to a stranger", {{member(9), {{topic(1), 0}}}}},
    {"which is not there", {{member(1), {{topic(1), 3}}}}},
    {"which is not there", {{member(1), {{topic(8), 0}}}}},
    {"it deals t2 to m1, who does not subscribe",
     {{member(1), {{topic(2), 0}}}}},
    {"it deals t1-0 twice",
     {{member(1), {{topic(1), 0}}}, {member(2), {{topic(1), 0}}}}},
  };
  auto in = input({{1}, {1, 2}}, {3, 1});
  for (const auto& row : rows) {
    assignor_registry registry;
    registry.add("mine", [&](const assignor_input&) { return row.target; });
    auto out = registry.assign("mine", in);
    REQUIRE_FALSE(out);
    INFO(what(out.error()));
    CHECK(what(out.error()).find(row.text) != std::string::npos);
  }
  CHECK(what(assignor_registry{}.assign("best", in).error())
        == "invalid_argument: assignor 'best' is not registered; there are: "
           "range, uniform");
}
