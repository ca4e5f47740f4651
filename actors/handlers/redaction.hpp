#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Takes secrets out of texts that others wrote: a gateway that quotes what it
/// was sent quotes the password in it. Knows each secret as it is and as it
/// stands in a URL, in JSON, in HTML and in base64.
class redaction {
public:
  /// Nothing happens for an empty one.
  void add(const std::string& secret);

  /// A login by name and password, whose base64 goes over the wire.
  void add_login(const std::string& name, const std::string& password);

  /// `text` with `***` in place of each secret.
  std::string operator()(std::string_view text) const;

private:
  void add_form(std::string form);

  /// The longest first: one may be a part of another.
  std::vector<std::string> forms_;
};

} // namespace troupe
