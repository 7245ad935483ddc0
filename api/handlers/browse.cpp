#include "db/browse.hpp"

#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "api/html/pages.hpp"
#include "api/odc/input.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"
#include "stac/text_digest.hpp"

namespace hayden::api::handlers {
namespace {

using stac::CalendarPeriod;

std::string_view path_part(const Call& call, const char* name) {
  const auto* const part = call.path.find(name);
  return part == nullptr ? std::string_view{} : std::string_view{*part};
}

CalendarPeriod period_of(const Call& call) {
  const auto period =
      CalendarPeriod::parse(path_part(call, "year"), path_part(call, "month"), path_part(call, "day"));
  if (!period) {
    throw Problem(404, "NotFound",
                  "there is no such period; a year has four digits, a month and a day of it have two");
  }
  return *period;
}

/// Of the page above: the collection, all its years, a year or a month.
std::string parent_url(const Call& call, const CalendarPeriod& period) {
  const auto& collection = call.path.at("collection");
  if (period.level() == CalendarPeriod::Level::all) return call.links.collection(collection);
  const auto path = period.path();
  return call.links.browse(collection) + path.substr(0, path.rfind('/'));
}

void add_items(LinkList& links, Call& call, const Services& services, const CalendarPeriod& period,
               std::optional<std::string_view> token) {
  constexpr int most = 1'000;
  const auto& collection = call.path.at("collection");
  const auto items = db::items_in(services.pool, collection, period, token, most);
  for (const auto& id : items.ids) links.add("item", media::geojson, call.links.item(collection, id), id);
  call.rows = static_cast<std::int64_t>(items.ids.size());
  if (!items.next) return;
  const auto url = call.links.browse(collection) + period.path() + query_with_token({}, *items.next);
  links.add("child", media::json, url, "More of " + period.text());
}

void add_periods(LinkList& links, Call& call, const Services& services, const CalendarPeriod& period) {
  const auto& collection = call.path.at("collection");
  const auto periods = db::periods_with_items(services.pool, collection, period);
  for (const auto& one : periods) {
    links.add("child", media::json, call.links.browse(collection) + one.path(), one.text());
  }
  call.rows = static_cast<std::int64_t>(periods.size());
}

}  // namespace

http::Response browse(Call& call, const Services& services) {
  const auto period = period_of(call);
  const bool is_day = period.level() == CalendarPeriod::Level::day;
  Parameters parameters(call, {"token"});
  const auto token = parameters.text("token");
  if (token && !is_day) parameters.mistakes().add("token", "only the Items of a day come in pages");
  parameters.done();

  const auto& collection = call.path.at("collection");
  const auto name = period.text();
  LinkList links;
  links.add("self", media::json,
            call.links.browse(collection) + period.path() + query_as_sent(call.request.query));
  links.add("root", media::json, call.links.root(), services.settings.title);
  links.add("parent", media::json, parent_url(call, period));
  add_alternates(links, call);
  if (is_day) {
    add_items(links, call, services, period, token);
  } else {
    add_periods(links, call, services, period);
  }
  std::string body = R"({"type":"Catalog","stac_version":"1.0.0","id":)";
  append_json_string(body, collection + (name.empty() ? "-by-time" : '-' + name) +
                               (token ? '-' + stac::text_digest(*token) : ""));
  append_json_string(body.append(R"(,"title":)"),
                     (name.empty() ? "Items by time" : name) + (token ? ", continued" : ""));
  append_json_string(body.append(R"(,"description":)"),
                     "Items of " + collection + (name.empty() ? " by their time" : " of " + name));
  body.append(R"(,"links":[)").append(links.text()).append("]}");
  const auto etag = ETag{}.add(body).text();
  return html::or_json(call, etag, std::move(body), html::catalog);
}

}  // namespace hayden::api::handlers
