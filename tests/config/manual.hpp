#pragma once

#include <string>

/// Compares what stands between the marks in a manual with what the code says.
/// With TROUPE_UPDATE_DOCS in the environment it writes it there instead.
/// `heading`: what it comes after; empty: the first such part.
void check_generated_part(const std::string& path, const std::string& expected,
                          const std::string& heading = {});
