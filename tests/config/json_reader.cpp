// People edit these files by hand: each mistake has to be told with its place,
// what was expected and what was found.
#include "config/json_reader.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// What is wrong with a text that is no good JSON.
std::string syntax_error(const std::string& text) {
  auto document = json_document::parse(text, "f");
  return to_string(document.errors());
}

/// What `read` notes about the document {"x": <value>}.
template <class Read>
std::string error_of(const std::string& value, Read read) {
  auto document = json_document::parse("{\"x\": " + value + "}", "f");
  REQUIRE(document);
  json_problems problems{*document};
  json_object_reader object{{problems, *document}, "a thing"};
  read(*object.get("x"));
  return to_string(problems.take());
}

} // namespace

TEST_CASE("a text that is no JSON is told with line and column") {
  struct row {
    std::string text;
    std::string error;
  };
  std::vector<row> rows = {
    {"", "f:1:1: the text ends in the middle of a value: is a bracket, brace "
         "or quote missing?\n"},
    {"{\n  \"a\": 1\n", "f:3:1: the text ends in the middle of a value: is a "
                        "bracket, brace or quote missing?\n"},
    {"{\n  \"a\": tru\n}", "f:2:8: this is no JSON: syntax error at 'tru'\n"},
    {"{\"a\": \n", "f:2:1: the text ends in the middle of a value: is a "
                   "bracket, brace or quote missing?\n"},
    {"{\"a\": \"b\n\"}",
     "f:1:9: this is no JSON: syntax error at the end of the line\n"},
    {"{\"a\": 1 \"b\": 2}", "f:1:9: this is no JSON: syntax error at "
                            "'\"b\": 2}'\n"},
    {"{} {}", "f:1:4: there is more text after the value has ended\n"},
    {std::string(40, '['), "f:1:33: too many levels of brackets\n"},
    {"{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2},\n \"a\": 3}",
     "f:2:16: $.b.c: 'c' is here for the second time\n"
     "f:3:2: $.a: 'a' is here for the second time\n"},
  };
  for (const auto& x : rows)
    CHECK(syntax_error(x.text) == x.error);
}

TEST_CASE("comments and trailing commas are fine, and places stay right") {
  auto document = json_document::parse("// one: \"\n{\n  /* two } */ \"a\": "
                                       "[1, // three\n 2,],\n"
                                       "  \"b \\\"c\\\"\": {\"d\": null,},\n}",
                                       "f");
  REQUIRE(document);
  auto place = [&](const char* path) {
    auto [line, column] = document->position_of(path);
    return std::to_string(line) + ":" + std::to_string(column);
  };
  CHECK(place("$") == "2:1");
  CHECK(place("$.a") == "3:20");
  CHECK(place("$.a[1]") == "4:2");
  CHECK(place("$['b \"c\"'].d") == "5:20");
  // What is not there is told where it would be.
  CHECK(place("$.a[1].e") == "4:2");
}

TEST_CASE("getters say what they expected") {
  using in = const json_reader&;
  auto duration = [](in at) { at.duration(1ms, 1h); };
  auto size = [](in at) { at.size(1024, 1 << 30); };
  auto choice = [](in at) { at.choice({"remove", "compact"}); };
  auto integer = [](in at) { at.integer(1, 10); };
  CHECK(error_of("5", duration)
        == "f:1:7: $.x: expected a duration from 1ms to 1h, as \"45s\", found "
           "5; write it as a text with a unit\n");
  CHECK(error_of("\"5\"", duration)
        == "f:1:7: $.x: expected a duration from 1ms to 1h, as \"45s\", found "
           "\"5\"; a unit is missing\n");
  CHECK(error_of("\"1us\"", duration)
        == "f:1:7: $.x: expected a duration from 1ms to 1h, as \"45s\", found "
           "\"1us\"; 'us' is too small a unit, the smallest is ms\n");
  CHECK(error_of("\"2h\"", duration)
        == "f:1:7: $.x: expected a duration from 1ms to 1h, as \"45s\", found "
           "\"2h\"\n");
  CHECK(error_of("\"soon\"", duration)
        == "f:1:7: $.x: expected a duration from 1ms to 1h, as \"45s\", found "
           "\"soon\"; units are ms, s, m, h, d\n");
  CHECK(error_of("\"64KB\"", size)
        == "f:1:7: $.x: expected a size from 1KiB to 1GiB, as \"64KiB\", found "
           "\"64KB\"; write KiB (1024 bytes) for 'KB'\n");
  CHECK(error_of("0", size)
        == "f:1:7: $.x: expected a size from 1KiB to 1GiB, as \"64KiB\", found "
           "0\n");
  CHECK(error_of("\"compcat\"", choice)
        == "f:1:7: $.x: expected \"remove\" or \"compact\", found \"compcat\"; "
           "did you mean 'compact'?\n");
  CHECK(error_of("11", integer)
        == "f:1:7: $.x: expected a whole number from 1 to 10, found 11\n");
  CHECK(error_of("1.5", integer)
        == "f:1:7: $.x: expected a whole number from 1 to 10, found 1.5E0\n");
  CHECK(error_of("[1]", [](in at) { at.text(10); })
        == "f:1:7: $.x: expected a text, found [1]\n");
  CHECK(error_of("\"\"", [](in at) { at.text(10); })
        == "f:1:7: $.x: expected a text that is not empty, found \"\"\n");
  CHECK(error_of("\"abcdef\"", [](in at) { at.text(3); })
        == "f:1:7: $.x: expected a text of at most 3 bytes, found \"abcdef\"; "
           "it has 6\n");
  CHECK(error_of("1", [](in at) { at.flag(); })
        == "f:1:7: $.x: expected true or false, found 1\n");
  CHECK(error_of("\"2026\"", [](in at) { at.timestamp(); })
        == "f:1:7: $.x: expected a moment since 1970, as "
           "\"2026-01-01T00:00:00Z\" or milliseconds, found \"2026\"\n");
  CHECK(error_of("{}", [](in at) { at.elements(); })
        == "f:1:7: $.x: expected an array, found {}\n");
}

TEST_CASE("whole numbers may be written with a point or an exponent") {
  CHECK(error_of("2.0", [](const json_reader& at) {
          CHECK(at.integer(1, 10) == 2);
        }).empty());
  CHECK(error_of("1e3", [](const json_reader& at) {
          CHECK(at.integer(1, 1000) == 1000);
        }).empty());
}

TEST_CASE("an error shows at most the beginning of a long value") {
  auto error = error_of("\"" + std::string(57, 'a') + "ä" + "bbbbb\"",
                        [](const json_reader& at) { at.flag(); });
  CHECK(error
        == "f:1:7: $.x: expected true or false, found \"" + std::string(57, 'a')
             + "ä...\n");
}

TEST_CASE("all unknown and missing keys are told at once, in their order") {
  auto document =
    json_document::parse(R"({"zzz": 1, "comit": 2, "other key": 3})", "f");
  REQUIRE(document);
  json_problems problems{*document};
  json_object_reader object{{problems, *document}, "a thing"};
  object.get("commit");
  object.require("topics");
  object.finish();
  CHECK(to_string(problems.take())
        == "f:1:1: $: 'topics' is missing\n"
           "f:1:9: $.zzz: unknown key 'zzz'; known are commit, topics\n"
           "f:1:21: $.comit: unknown key 'comit'; did you mean 'commit'?\n"
           "f:1:37: $['other key']: unknown key 'other key'; known are commit, "
           "topics\n");
}

TEST_CASE("a file that cannot be read says why") {
  CHECK(to_string(read_text_file("/no/such/file").errors())
        == "/no/such/file: cannot be read: No such file or directory\n");
  CHECK(to_string(read_text_file("/").errors())
        == "/: cannot be read: it is a directory\n");
}
