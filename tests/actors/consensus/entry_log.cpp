// The entries in memory are what a leader sends and a follower compares with.

#include "actors/consensus/entry_log.hpp"

#include "tests/catch.hpp"

using namespace troupe::consensus;

namespace {

std::vector<entry> of_terms(std::initializer_list<uint64_t> terms) {
  std::vector<entry> result;
  for (auto x : terms)
    result.push_back({x, entry_kind::command, {}});
  return result;
}

std::vector<uint64_t> terms_in(const entry_log& x) {
  std::vector<uint64_t> result;
  for (auto i = x.first(); i <= x.last(); ++i)
    result.push_back(x.term_at(i));
  return result;
}

using terms = std::vector<uint64_t>;

} // namespace

TEST_CASE("an empty log ends one below its first index") {
  entry_log x{8};
  CHECK(x.first() == 8);
  CHECK(x.last() == 7);
  CHECK(x.term_at(7) == 0);
  CHECK(x.term_at(8) == 0);
}

TEST_CASE("appended entries replace what was there from their index on") {
  entry_log x{5, of_terms({1, 1, 1})};
  x.append(8, of_terms({2}));
  CHECK(terms_in(x) == terms{1, 1, 1, 2});
  x.append(6, of_terms({3, 3}));
  CHECK(terms_in(x) == terms{1, 3, 3});
  x.append(5, of_terms({4}));
  CHECK(terms_in(x) == terms{4});
}

TEST_CASE("what is dropped is not there, the rest keeps its index") {
  entry_log x{5, of_terms({1, 2, 3})};
  x.drop_below(4);
  CHECK(x.first() == 5);
  x.drop_below(7);
  CHECK(x.first() == 7);
  CHECK(x.term_at(6) == 0);
  CHECK(x.term_at(7) == 3);
  x.drop_below(20);
  CHECK(x.first() == 20);
  CHECK(x.last() == 19);
}
