#pragma once

#include <functional>
#include <string>

#include "actors/consumer/handler.hpp"

namespace troupe {

/// Takes one line, without its end. `runtime/` says where it goes.
using line_sink = std::function<void(const std::string&)>;

/// The line that `print` writes for a record:
/// `messages-0@4 key=k1 value=hello`, a null key or value as `null`. Control
/// characters are escaped as `\xHH`, so that it stays one line; UTF-8 passes.
std::string print_line(const delivery& x);

/// Makes the handler `print`: a line per record to `sink`. Option `prefix`:
/// what each line begins with. Any other option: `invalid_argument`.
handler_factory make_print(line_sink sink);

} // namespace troupe
