#pragma once

namespace hayden::bench {

struct Memory {
  double peak_mb = 0, now_mb = 0;  ///< VmHWM, VmRSS
};

/// Of a running process, from /proc. Throws std::runtime_error when there is none of that id.
Memory memory_of(int pid);
/// User and system time it has used so far.
double cpu_seconds_of(int pid);

}  // namespace hayden::bench
