// `print` is the first handler that anybody runs: what it prints is what the
// documentation shows.
#include "actors/handlers/print.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

delivery sample(bytes key, bytes value) {
  return {"messages",
          {uuid{1, 1}, 2},
          20,
          {std::move(key), std::move(value), {}, 0},
          1};
}

} // namespace

TEST_CASE("a line names topic, partition, offset, key and value") {
  struct row {
    delivery x;
    const char* line;
  };
  for (const auto& r : {
         row{sample(bytes{"k1"}, bytes{"msg100"}),
             "messages-2@20 key=k1 value=msg100"},
         row{sample(bytes{}, bytes{""}), "messages-2@20 key=null value="},
         row{sample(bytes{"a\nb"}, bytes{"\x1b[0m\\ \xc3\xa9"}),
             "messages-2@20 key=a\\x0ab value=\\x1b[0m\\\\ \xc3\xa9"},
       })
    CHECK(print_line(r.x) == r.line);
}

TEST_CASE("the sink gets one line a record, with the prefix") {
  std::vector<std::string> lines;
  auto make =
    make_print([&](const std::string& line) { lines.push_back(line); });
  auto made = make({{"prefix", "[sms] "}});
  REQUIRE(made);
  CHECK_FALSE(made->function(sample(bytes{"k"}, bytes{"v"})));
  CHECK(lines == std::vector<std::string>{"[sms] messages-2@20 key=k value=v"});
}

TEST_CASE("an option that is not there is refused") {
  auto made = make_print([](const std::string&) {})({{"prefx", "x"}});
  REQUIRE_FALSE(made);
  CHECK(what(made.error())
        == "invalid_argument: handler 'print' has no option 'prefx'; it has: "
           "prefix");
}
