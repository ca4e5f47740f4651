#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "config/json_reader.hpp"

/// Structs described as data: one `describe` function names each field once,
/// with its bounds and its meaning; reading it from JSON, writing it as JSON,
/// and the tables of the manuals all follow from that.
namespace troupe {

/// What a field is.
struct field_info {
  std::string key;
  /// 'duration', 'size', 'text', ...
  std::string type;
  /// '1ms to 1h'; empty: none.
  std::string bounds;
  std::string meaning;
  bool is_required = false;
};

/// How a field is read and written.
struct field_access {
  std::function<void(const json_reader&)> read;
  /// Null: there is nothing to write.
  std::function<boost::json::value()> write;
};

class field_visitor;

/// A list of objects.
struct list_access {
  std::function<size_t()> size;
  /// Appends an element, to be described next.
  std::function<void()> append;
  std::function<void(size_t, field_visitor&)> describe_element;
  /// An element as it is when nothing is said about it.
  std::function<void(field_visitor&)> describe_default;
};

/// Is told of every field of a struct.
class field_visitor {
public:
  virtual ~field_visitor() = default;

  virtual void visit(const field_info& info, const field_access& access) = 0;
  virtual void visit_object(
    const field_info& info,
    const std::function<void(field_visitor&)>& inner) = 0;
  /// An object that need not be there; `is_there` says whether it is.
  virtual void visit_optional(
    const field_info& info, bool& is_there,
    const std::function<void(field_visitor&)>& inner) = 0;
  virtual void visit_list(const field_info& info,
                          const list_access& access) = 0;

  // -- the kinds of fields, for `describe` functions

  void flag(const char* key, bool& x, const char* meaning);
  void text(const char* key, std::string& x, const char* meaning);
  void required_text(const char* key, std::string& x, const char* meaning);
  /// A text that may be empty.
  void any_text(const char* key, std::string& x, const char* meaning);
  void texts(const char* key, std::vector<std::string>& x, const char* meaning,
             bool is_required = false);
  void options(const char* key, std::map<std::string, std::string>& x,
               const char* meaning);
  void rate(const char* key, double& x, const char* meaning);
  void duration(const char* key, std::chrono::milliseconds& x,
                std::chrono::milliseconds min, std::chrono::milliseconds max,
                const char* meaning);
  void size(const char* key, uint64_t& x, uint64_t min, uint64_t max,
            const char* meaning);

  template <class T>
  void integer(const char* key, T& x, int64_t min, int64_t max,
               const char* meaning, bool is_required = false) {
    visit(integer_info(key, min, max, meaning, is_required),
          {[&x, min, max](const json_reader& at) {
             if (auto number = at.integer(min, max))
               x = static_cast<T>(*number);
           },
           [&x] { return boost::json::value(static_cast<int64_t>(x)); }});
  }

  template <class T>
  void integer(const char* key, std::optional<T>& x, int64_t min, int64_t max,
               const char* meaning) {
    visit(integer_info(key, min, max, meaning, false),
          {[&x, min, max](const json_reader& at) {
             if (auto number = at.integer(min, max))
               x = static_cast<T>(*number);
           },
           [&x] {
             return x ? boost::json::value(static_cast<int64_t>(*x))
                      : boost::json::value();
           }});
  }

  /// An enum whose values are 0, 1, ...: `words` in that order.
  template <class Enum>
  void choice(const char* key, Enum& x, const std::vector<std::string>& words,
              const char* meaning) {
    visit(choice_info(key, words, meaning),
          {[&x, words](const json_reader& at) {
             if (auto i = at.choice(words))
               x = static_cast<Enum>(*i);
           },
           [&x, words] {
             return boost::json::value(words.at(static_cast<size_t>(x)));
           }});
  }

  /// A field with a shape of its own.
  void custom(const char* key, const char* type, field_access access,
              const char* meaning, bool is_required = false);

  /// A struct inside, which has a `describe` function of its own.
  template <class T>
  void object(const char* key, T& x, const char* meaning) {
    visit_object({key, "object", "", meaning, false},
                 [&x](field_visitor& v) { describe(v, x); });
  }

  /// The same, but its absence means something, too.
  template <class T>
  void optional_object(const char* key, bool& is_there, T& x,
                       const char* meaning) {
    visit_optional({key, "object", "", meaning, false}, is_there,
                   [&x](field_visitor& v) { describe(v, x); });
  }

  /// A list of structs; a new one begins as a copy of `fresh`.
  template <class T>
  void list(const char* key, std::vector<T>& xs, const T& fresh,
            const char* meaning) {
    visit_list({key, "list of objects", "", meaning, false},
               {[&xs] { return xs.size(); },
                [&xs, fresh] { xs.push_back(fresh); },
                [&xs](size_t i, field_visitor& v) { describe(v, xs[i]); },
                [fresh](field_visitor& v) {
                  auto x = fresh;
                  describe(v, x);
                }});
  }

private:
  static field_info integer_info(const char* key, int64_t min, int64_t max,
                                 const char* meaning, bool is_required);
  static field_info choice_info(const char* key,
                                const std::vector<std::string>& words,
                                const char* meaning);
};

/// Reads an object into a described struct: `what` says what it is ('a topic').
/// Fields that are not there keep their value.
void read_fields(const json_reader& at, std::string_view what,
                 const std::function<void(field_visitor&)>& describe_all);

/// The same for an object that has been begun: the caller finishes it.
void read_fields(json_object_reader& object,
                 const std::function<void(field_visitor&)>& describe_all);

/// Writes a described struct with every field.
boost::json::object write_fields(
  const std::function<void(field_visitor&)>& describe_all);

/// A row of a manual.
struct field_row {
  /// 'producer.linger', 'topics[].name'
  std::string path;
  std::string type;
  /// As JSON; empty: none.
  std::string fallback;
  std::string bounds;
  std::string meaning;
};

/// All fields of a described struct that has its defaults.
std::vector<field_row> tabulate_fields(
  const std::function<void(field_visitor&)>& describe_all);

/// The rows as a Markdown table.
std::string to_markdown(const std::vector<field_row>& rows);

} // namespace troupe
