#include "tests/bench/bench.hpp"

namespace troupe::bench {

const std::vector<benchmark>& all_benchmarks() {
  static const std::vector<benchmark> all{
    {"micro", "small things by themselves", run_micro_bench},
    {"flow", "records through producer, partition and consumer, in process",
     run_flow_bench},
    {"latency", "one record on a node that has nothing else to do",
     run_latency_bench},
    {"log", "records appended to a log and read from it, without actors",
     run_log_bench},
    {"sync", "64 who wait for acks=all at once", run_sync_bench},
    {"open", "a long log, opened after a clean stop and after a kill",
     run_open_bench},
    {"idle", "many partitions and groups of which nobody wants anything",
     run_idle_bench},
    {"rebalance", "one of many members leaves", run_rebalance_bench},
    {"processes", "records between processes, by the command line's protocol",
     run_processes_bench},
    {"cluster", "records on three processes, with one copy and with three",
     run_cluster_bench},
    {"failover", "the node that leads the controllers is killed",
     run_failover_bench},
    {"gateways", "many consumers that wait for a slow gateway",
     run_gateways_bench},
    {"curves", "how cost grows with partitions, groups, members and backlog",
     run_curves_bench},
  };
  return all;
}

} // namespace troupe::bench
