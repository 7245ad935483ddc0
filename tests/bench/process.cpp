#include "process.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace hayden::bench {
namespace {

[[noreturn]] void fail(int pid) { throw std::runtime_error("there is no process " + std::to_string(pid)); }

}  // namespace

Memory memory_of(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  Memory memory;
  constexpr double kb_per_mb = 1024;
  for (std::string name; status >> name;) {
    if (name == "VmHWM:") status >> memory.peak_mb;
    if (name == "VmRSS:") status >> memory.now_mb;
  }
  if (memory.peak_mb == 0) fail(pid);
  return {memory.peak_mb / kb_per_mb, memory.now_mb / kb_per_mb};
}

double cpu_seconds_of(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) fail(pid);
  // The program's name may hold blanks and brackets; behind the last bracket come state and ten numbers.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  constexpr int before_user_time = 11;
  for (int i = 0; i < before_user_time; ++i) fields >> skipped;
  double user = 0, system = 0;
  if (!(fields >> user >> system)) fail(pid);
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace hayden::bench
