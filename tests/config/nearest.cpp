// 'Did you mean' helps only if it finds what was meant and is silent otherwise.
#include "config/nearest.hpp"

#include "tests/catch.hpp"

using namespace troupe;

TEST_CASE("edits are counted, a swap of neighbours as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("commit", "comit") == 1);
  CHECK(edit_distance("topics", "topcis") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is found if it is near") {
  std::vector<std::string> known = {"commit", "topics", "records_per_second"};
  CHECK(nearest("comit", known) == "commit");
  CHECK(nearest("topcis", known) == "topics");
  CHECK(nearest("records", known) == "records_per_second");
  CHECK(nearest("handler", known).empty());
  CHECK(suggestion("comit", known) == "; did you mean 'commit'?");
  CHECK(suggestion("x", {"abc", "def"}) == "; known are abc, def");
  CHECK(suggestion("x", {}) == "; there are none");
}
