// The program as its next version would be: it supports one feature level more.
#include "runtime/cli/context.hpp"

int main(int argc, char** argv) {
  troupe::cli::context ctx;
  ++ctx.levels.newest;
  return troupe::cli::run(argc, argv, ctx);
}
