#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/timespan.hpp>

namespace troupe {

/// Sends the same request to all of `targets` and calls `done` once with the
/// answers that came within `timeout`, in the order of the targets; those that
/// failed are left out. For one actor asking several of its own kind at once.
template <class Result, class Self, class Handle, class... Ts>
void gather(Self* self, const std::vector<Handle>& targets,
            caf::timespan timeout,
            std::function<void(std::vector<Result>)> done, Ts... xs) {
  struct collection {
    std::vector<std::unique_ptr<Result>> answers;
    size_t missing = 0;
    std::function<void(std::vector<Result>)> done;

    void one_less() {
      if (--missing > 0)
        return;
      std::vector<Result> result;
      for (auto& answer : answers)
        if (answer)
          result.push_back(std::move(*answer));
      done(std::move(result));
    }
  };
  if (targets.empty())
    return done({});
  auto all = std::make_shared<collection>();
  all->answers.resize(targets.size());
  all->missing = targets.size();
  all->done = std::move(done);
  for (size_t i = 0; i < targets.size(); ++i)
    self->request(targets[i], timeout, xs...)
      .then(
        [all, i](Result& x) {
          all->answers[i] = std::make_unique<Result>(std::move(x));
          all->one_less();
        },
        [all](caf::error&) { all->one_less(); });
}

} // namespace troupe
