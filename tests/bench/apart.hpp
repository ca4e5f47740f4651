#pragma once

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace troupe::bench {

/// Runs `f` in a process of its own, so that it leaves nothing here; to be
/// called before this process has threads. Throws when it failed.
template <class F>
void run_in_child(const std::string& what, F&& f) {
  std::fflush(nullptr);
  auto child = ::fork();
  if (child < 0)
    throw std::runtime_error(what + ": cannot fork");
  if (child == 0) {
    int code = 1;
    try {
      f();
      code = 0;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "  %s: %s\n", what.c_str(), e.what());
    }
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(what + " failed");
}

} // namespace troupe::bench
