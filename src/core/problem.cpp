#include "core/problem.hpp"

namespace hayden {

void Mistakes::add(std::string_view where, std::string_view what) {
  std::string text{where};
  if (!text.empty()) text += ": ";
  text += what;
  mistakes_.push_back(std::move(text));
}

void Mistakes::throw_if_any() const {
  if (mistakes_.empty()) return;
  std::string description;
  for (const auto& mistake : mistakes_) {
    if (!description.empty()) description += "; ";
    description += mistake;
  }
  throw Problem(400, "InvalidParameterValue", description);
}

}  // namespace hayden
