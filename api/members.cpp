#include "api/members.hpp"

#include <algorithm>

#include "api/caller.hpp"

namespace hayden::api {
namespace {

constexpr std::size_t longest_name = 63, longest_note = 1000;

bool is_on_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

}  // namespace

Members::Members(Json body) : body_(std::move(body)) {
  if (!body_.is_object()) throw Problem(400, "InvalidParameterValue", "the body must be an object");
}

const std::string* Members::take(std::string_view member, bool required) {
  taken_.emplace_back(member);
  const auto found = body_.find(taken_.back());
  if (found == body_.end() || found->is_null()) {
    if (required) mistakes_.add(member, "is missing");
    return nullptr;
  }
  if (!found->is_string()) {
    mistakes_.add(member, "must be text");
    return nullptr;
  }
  return &found->get_ref<const std::string&>();
}

std::string Members::name(std::string_view member) {
  const auto* const value = take(member, true);
  if (value == nullptr) return {};
  if (value->empty() || value->size() > longest_name || !is_on_one_line(*value)) {
    mistakes_.add(member, "must be 1 to 63 bytes on one line");
  }
  return *value;
}

std::string Members::optional_name(std::string_view member) {
  const auto found = body_.find(std::string{member});
  if (found != body_.end() && !found->is_null()) return name(member);
  taken_.emplace_back(member);
  return {};
}

std::string Members::note(std::string_view member) {
  const auto* const value = take(member, false);
  if (value == nullptr) return {};
  if (value->size() > longest_note) mistakes_.add(member, "must be at most 1000 bytes");
  return *value;
}

std::string Members::role(std::string_view member) {
  const auto* const value = take(member, true);
  if (value == nullptr) return {};
  if (rank_of(*value) == 0) {
    mistakes_.add(member, "must be one of agdc_user, agdc_ingest, agdc_manage, agdc_admin");
  }
  return *value;
}

std::string Members::text(std::string_view member, std::string_view when_missing) {
  const auto* const value = take(member, false);
  return value == nullptr ? std::string{when_missing} : *value;
}

void Members::done() {
  for (const auto& [member, value] : body_.items()) {
    if (std::ranges::find(taken_, member) == taken_.end()) mistakes_.add(member, "is not known here");
  }
  mistakes_.throw_if_any();
}

}  // namespace hayden::api
