#include <charconv>
#include <limits>

#include "api/handlers/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "core/problem.hpp"
#include "db/harvest_runs.hpp"

namespace hayden::api::handlers {
namespace {

constexpr int default_limit = 100;
constexpr int largest_limit = 1'000;

std::optional<std::int64_t> run_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole && number > 0 ? std::optional{number} : std::nullopt;
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json run_json(const db::HarvestRun& run, const Links& links) {
  const auto url = links.to("/harvests/" + std::to_string(run.id));
  return {{"id", run.id},
          {"state", run.state},
          {"sources", run.sources},
          {"host", run.host},
          {"started", run.started},
          {"updated", run.updated},
          {"finished", or_null(run.finished)},
          {"exit_code", or_null(run.exit_code)},
          {"error", or_null(run.error)},
          {"counters", run.counters},
          {"links", Json::array({{{"rel", "self"}, {"type", media::json}, {"href", url}}})}};
}

}  // namespace

http::Response harvests(Call& call, const Services& services) {
  const auto form = form_of(call);
  Parameters parameters(call, {"limit", "token"});
  const auto limit = parameters.limit(default_limit, largest_limit);
  auto before = std::numeric_limits<std::int64_t>::max();
  if (const auto token = parameters.text("token")) {
    const auto number = run_number(*token);
    if (!number) parameters.mistakes().add("token", "is not one of a next link");
    before = number.value_or(before);
  }
  parameters.done();

  const auto runs = db::list_harvest_runs(services.pool, before, limit + 1);
  const auto shown = std::min(runs.size(), static_cast<std::size_t>(limit));
  auto list = Json::array();
  for (std::size_t i = 0; i < shown; ++i) list.push_back(run_json(runs[i], call.links));
  call.rows = static_cast<std::int64_t>(shown);

  const auto url = call.links.to("/harvests");
  const auto link = [](const char* rel, const std::string& href) {
    return Json{{"rel", rel}, {"type", media::json}, {"href", href}};
  };
  auto links = Json::array({link("self", url + query_as_sent(call.request.query))});
  if (shown < runs.size())
    links.push_back(link("next", url + query_with_token(call.query, std::to_string(runs[shown - 1].id))));
  return unshared(form, 200,
                  {{"harvests", std::move(list)}, {"numberReturned", shown}, {"links", std::move(links)}});
}

http::Response harvest(Call& call, const Services& services) {
  const auto form = form_of(call);
  Parameters(call, {}).done();
  const auto& text = call.path.at("harvest");
  const auto number = run_number(text);
  const bool may_be = number && *number < std::numeric_limits<std::int64_t>::max();
  const auto run = may_be ? db::find_harvest_run(services.pool, *number) : std::nullopt;
  if (!run) throw Problem(404, "NotFound", "there is no harvest '" + text + "'");
  call.rows = 1;
  return unshared(form, 200, run_json(*run, call.links));
}

}  // namespace hayden::api::handlers
