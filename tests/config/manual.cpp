// Manuals contain tables that follow from the code; this keeps them the same.
#include "tests/config/manual.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/catch.hpp"

void check_generated_part(const std::string& path, const std::string& expected,
                          const std::string& heading) {
  const std::string begin_mark =
    "<!-- made from the code; TROUPE_UPDATE_DOCS=1 test_config writes it "
    "anew -->\n";
  const std::string end_mark = "<!-- end -->\n";
  std::ifstream in{path};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto after = text.find(heading);
  REQUIRE(after != text.npos);
  auto begin = text.find(begin_mark, after);
  REQUIRE(begin != text.npos);
  begin += begin_mark.size();
  auto end = text.find(end_mark, begin);
  REQUIRE(end != text.npos);
  if (std::getenv("TROUPE_UPDATE_DOCS") != nullptr)
    std::ofstream{path} << text.replace(begin, end - begin, expected);
  else
    CHECK(text.substr(begin, end - begin) == expected);
}
