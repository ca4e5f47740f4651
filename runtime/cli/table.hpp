#pragma once

#include <string>
#include <vector>

namespace troupe::cli {

/// Rows under a header, columns aligned; columns that hold numbers only are
/// aligned to the right.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

/// The offset, or 'null' when it is below 0.
std::string show_offset(int64_t x);

/// `1.5 MiB`
std::string show_bytes(uint64_t x);

} // namespace troupe::cli
