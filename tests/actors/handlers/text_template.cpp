// What people write into templates meets records of any kind: each place is
// filled and escaped, or the record is rejected with what it lacks.
#include "actors/handlers/text_template.hpp"

#include "actors/protocol/errors.hpp"
#include "tests/actors/handlers/record.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using troupe::tests::a_record;

namespace {

const bytes order{R"({"to": "+49 30 1", "n": 7, "ok": true, "a": {"b": "c"},
                      "quote": "a\"b<c>&", "list": [1], "none": null})"};

std::string filled(const std::string& text, const delivery& x,
                   text_escape how = text_escape::none) {
  auto made = text_template::parse(text, {"from"});
  if (!made)
    return what(made.error());
  auto result = made->render(record_fields{x}, how, {{"from", "Me & you"}});
  return result ? *result : what(result.error());
}

} // namespace

TEST_CASE("template: every place that a record has") {
  struct row {
    const char* text;
    const char* result;
  };
  for (const auto& r : {
         row{"", ""},
         row{"plain", "plain"},
         row{"{key}:{topic}-{partition}@{offset}", "anna:messages-2@20"},
         row{"{timestamp}", "1767225601000"},
         row{"{id}", "messages/2/20"},
         row{"{header.lang}", "de"},
         row{"{value.to}, {value.n}, {value.ok}", "+49 30 1, 7, true"},
         row{"{value.a.b}", "c"},
         row{"{from}", "Me & you"},
         row{"{{key}} {{", "{key} {"},
         row{"{value.missing|nobody}", "nobody"},
         row{"{value.missing|}", ""},
         row{"{value.to|nobody}", "+49 30 1"},
       })
    CHECK(filled(r.text, a_record(order)) == r.result);
}

TEST_CASE("template: numbers are put in as people write them") {
  struct row {
    const char* number;
    const char* result;
  };
  for (const auto& r : {
         row{"12.5", "12.5"},
         row{"0.1", "0.1"},
         row{"-19.99", "-19.99"},
         row{"3.0", "3"},
         row{"1e2", "100"},
         row{"1234567.25", "1234567.25"},
         row{"-7", "-7"},
         row{"18446744073709551615", "18446744073709551615"},
       })
    CHECK(filled("{value.n}",
                 a_record(bytes{std::string{"{\"n\": "} + r.number + "}"}))
          == r.result);
}

TEST_CASE("template: what is put in is escaped for where it stands") {
  auto x = a_record(order);
  CHECK(filled("q={value.quote}", x, text_escape::url) == "q=a%22b%3Cc%3E%26");
  CHECK(filled("t={value.to}&f={from}", x, text_escape::url)
        == "t=%2B49%2030%201&f=Me%20%26%20you");
  CHECK(filled(R"({{"q": "{value.quote}"}})", x, text_escape::json)
        == R"({"q": "a\"b<c>&"})");
  CHECK(filled("<p>{value.quote}</p>", x, text_escape::html)
        == "<p>a&quot;b&lt;c&gt;&amp;</p>");
  CHECK(
    filled("{value}", a_record(bytes{"gr\xc3\xbc\xc3\x9f"}), text_escape::url)
    == "gr%C3%BC%C3%9F");
}

TEST_CASE("template: a record without it is rejected, with what it lacks") {
  struct row {
    const char* text;
    bytes value;
    const char* why;
  };
  for (const auto& r : {
         row{"{value.missing}", order,
             "record_rejected: its value has no field 'missing'"},
         row{"{value.to.x}", order,
             "record_rejected: its value has no field 'to.x'"},
         row{"{value.list}", order,
             "record_rejected: value.list is no text, number or truth value"},
         row{"{value.none}", order,
             "record_rejected: value.none is no text, number or truth value"},
         row{"{value.to}", bytes{"hello"},
             "record_rejected: its value is no JSON: syntax error"},
         row{"{value.to}", bytes{"[1]"},
             "record_rejected: its value is no JSON object"},
         row{"{value}", bytes{}, "record_rejected: the record has no value"},
         row{"{value}", bytes{"\xff\xfe"},
             "record_rejected: its value is not text (UTF-8)"},
         row{"{value.to}", bytes{"\xff{}"},
             "record_rejected: its value is not text (UTF-8)"},
         row{"{header.other}", order,
             "record_rejected: it has no header.other"},
       })
    CHECK(filled(r.text, a_record(r.value)) == r.why);
}

TEST_CASE("template: what is none is refused when it is read") {
  for (const auto* text : {"{", "}", "a{b", "{}", "{unknown}", "{value.}",
                           "{header.}", "{ key}"}) {
    auto made = text_template::parse(text);
    INFO(text);
    REQUIRE_FALSE(made);
    CHECK(code_of(made.error()) == ec::invalid_argument);
    CHECK(what(made.error()).find(text) != std::string::npos);
  }
}
