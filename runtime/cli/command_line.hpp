#pragma once

#include "actors/consumer/handler.hpp"

namespace troupe {

/// The whole command line: `troupe node`, `troupe topic`, ... A program with
/// handlers of its own calls this from its main function, so that its binary
/// can do all that `troupe` can, with these handlers besides the shipped ones.
/// Returns the exit code: 0 done, 1 an expectation or a check was not met, 2
/// wrong arguments or configuration, 3 the node could not be reached or
/// refused.
int run_command_line(int argc, char** argv, handler_registry handlers = {});

} // namespace troupe
