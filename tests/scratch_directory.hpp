#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace troupe {

/// A directory on the machine's disk that goes with this.
class scratch_directory {
public:
  scratch_directory() {
    auto pattern =
      (std::filesystem::temp_directory_path() / "troupe-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::runtime_error("cannot make a directory for the test");
    path_ = pattern;
  }

  ~scratch_directory() {
    std::error_code ignored;
    if (!is_kept_)
      std::filesystem::remove_all(path_, ignored);
  }

  /// Lets it stay, for whoever looks into what went wrong.
  void keep() {
    is_kept_ = true;
  }

  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  std::string path(const std::string& below = {}) const {
    return below.empty() ? path_ : path_ + "/" + below;
  }

private:
  std::string path_;
  bool is_kept_ = false;
};

} // namespace troupe
