#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/protocol/utf8.hpp"

namespace troupe::scenario {

using troupe::escape_html;

/// Writes HTML and SVG: tags are balanced and text is escaped by construction.
class markup {
public:
  using attributes =
    std::initializer_list<std::pair<std::string_view, std::string>>;

  /// An element; `content` is its text, or a function that writes what is in
  /// it.
  template <class Content>
  void element(std::string_view tag, attributes xs, Content&& content) {
    open(tag, xs);
    if constexpr (std::is_invocable_v<Content>)
      content();
    else
      text(content);
    out_ += "</";
    out_ += tag;
    out_ += '>';
  }

  /// An element with nothing in it.
  void element(std::string_view tag, attributes xs) {
    element(tag, xs, std::string_view{});
  }

  /// An element that HTML does not close, such as `meta`.
  void void_element(std::string_view tag, attributes xs) {
    open(tag, xs);
  }

  void text(std::string_view x) {
    out_ += escape_html(x);
  }

  /// Text of our own that is markup already.
  void trusted(std::string_view x) {
    out_ += x;
  }

  /// A table row; a function for each cell, or its text.
  template <class... Cells>
  void row(std::string_view cell_tag, Cells&&... cells) {
    element("tr", {}, [&] { (element(cell_tag, {}, cells), ...); });
  }

  const std::string& str() const noexcept {
    return out_;
  }

private:
  void open(std::string_view tag, attributes xs);

  std::string out_;
};

} // namespace troupe::scenario
