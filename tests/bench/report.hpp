#pragma once
#include <string>

#include "run.hpp"

namespace hayden::bench {

/// A table in Markdown, and what stands below it.
std::string markdown(const RunReport& report);
/// The same figures for programs.
std::string json(const RunReport& report);

}  // namespace hayden::bench
