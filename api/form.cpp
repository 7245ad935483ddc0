#include "api/form.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api/links.hpp"
#include "core/problem.hpp"
#include "http/field.hpp"

namespace hayden::api {
namespace {

using http::cut, http::trim;

struct FormInfo {
  Form form;
  std::string_view name;
  std::array<std::string_view, 3>
      types;  ///< the first is that of answers, and stands for its kind in `text/*`
};
constexpr std::array forms{
    FormInfo{Form::json, "json", {media::json, media::geojson}}, FormInfo{Form::html, "html", {media::html}},
    FormInfo{Form::ndjson, "ndjson", {media::ndjson, "application/ndjson", "application/jsonl"}},
    FormInfo{Form::yaml, "yaml", {media::yaml, "application/x-yaml", "text/yaml"}},
    FormInfo{Form::csv, "csv", {"text/csv"}}};

const FormInfo& info(Form form) { return *std::ranges::find(forms, form, &FormInfo::form); }

/// How closely a media range names a form: 3 the type itself, 2 its kind, 1 anything, 0 not at all.
int closeness(std::string_view range, const FormInfo& form) {
  const auto is_range = [&](std::string_view type) { return !type.empty() && http::same_name(type, range); };
  if (std::ranges::any_of(form.types, is_range)) return 3;
  const auto kind = form.types.front().substr(0, form.types.front().find('/'));
  if (range.ends_with("/*") && http::same_name(range.substr(0, range.size() - 2), kind)) return 2;
  return range == "*/*" ? 1 : 0;
}

/// The range that names the form most closely says how much the client likes it.
std::pair<int, int> liking(std::string_view accept, const FormInfo& form) {
  std::pair<int, int> found{0, 0};
  while (!accept.empty()) {
    auto parameters = cut(accept, ',');
    const auto range = cut(parameters, ';');
    const auto close = closeness(range, form);
    if (close > found.second) found = {http::weight(parameters), close};
  }
  return found;
}

}  // namespace

std::string_view name_of(Form form) { return info(form).name; }

std::string_view media_type_of(Form form) { return info(form).types.front(); }

std::optional<Form> preferred_form(std::optional<std::string_view> f, std::string_view accept,
                                   std::span<const Form> offered) {
  if (f) {
    const auto* const given = std::ranges::find(forms, *f, &FormInfo::name);
    if (given != forms.end() && std::ranges::find(offered, given->form) != offered.end()) return given->form;
    std::string names;
    for (const auto form : offered) {
      names.append(names.empty() ? "" : form == offered.back() ? " or " : ", ").append(name_of(form));
    }
    throw Problem(400, "InvalidParameterValue", "f: must be " + names);
  }
  if (trim(accept).empty()) return offered.front();
  std::optional<Form> best;
  std::pair<int, int> most{0, 0};
  for (const auto form : offered) {
    const auto now = liking(accept, info(form));
    if (now.first <= 0 || now <= most) continue;
    best = form;
    most = now;
  }
  return best;
}

}  // namespace hayden::api
