#include <iostream>
#include <memory>

#include "commands.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"
#include "db/properties.hpp"
#include "db/queryables.hpp"

namespace hayden::admin {
namespace {

struct Wishes {
  std::string name, type, title;
  bool index = false, as_json = false;
};

void tell(std::string_view statement) { std::cerr << statement << '\n'; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : "|").append(word);
  return text;
}

int list(const std::string& url, bool as_json) {
  const auto all = db::list_queryables(url);
  if (as_json) {
    auto json = Json::array();
    for (const auto& one : all) {
      json.push_back({{"name", one.name},
                      {"type", db::name_of(one.type)},
                      {"stored", one.json_types},
                      {"declared", one.declared},
                      {"indexed", one.indexed},
                      {"title", one.title}});
    }
    std::cout << json.dump(2) << '\n';
    return EXIT_SUCCESS;
  }
  for (const auto& one : all) {
    std::cout << one.name << "  " << db::name_of(one.type) << "  stored "
              << (one.json_types.empty() ? "nowhere" : joined(one.json_types));
    if (one.declared) std::cout << "  declared";
    if (one.indexed) std::cout << "  indexed";
    if (!one.title.empty()) std::cout << "  " << one.title;
    std::cout << '\n';
  }
  if (all.empty()) std::cerr << "there are no items yet\n";
  return EXIT_SUCCESS;
}

int add(const std::string& url, const Wishes& wishes) {
  const std::string name{stac::queryable_name(wishes.name)};
  if (name == "id" || name == "collection" || name == "datetime" || name == "geometry") {
    throw Problem(400, "InvalidParameterValue", "every item has " + name + ", and it has its index already");
  }
  auto type = stac::queryable_type(name);
  if (!wishes.type.empty()) {
    type = db::property_type(wishes.type).value_or(type);
  } else if (stac::find_queryable(name) == nullptr) {
    throw Problem(400, "InvalidParameterValue",
                  "no STAC extension tells the type of " + name + ": give --type");
  }
  db::declare_queryable(url, name, type, wishes.title);
  if (wishes.index) db::index_queryable(url, name, type, tell);
  std::cout << name << " is of type " << db::name_of(type) << (wishes.index ? " and indexed\n" : "\n");
  return EXIT_SUCCESS;
}

int remove(const std::string& url, const Wishes& wishes) {
  const std::string name{stac::queryable_name(wishes.name)};
  if (db::remove_queryable(url, name, tell)) {
    std::cout << "removed what was said of " << name << " and its indexes\n";
    return EXIT_SUCCESS;
  }
  std::cerr << "hayden-admin: nothing has been said of " << name << ", and it has no index\n";
  return exit_failed;
}

}  // namespace

void add_queryable_commands(CLI::App& app, Command& command) {
  auto* const queryable = app.add_subcommand("queryable", "Properties that searches filter and sort by.");
  queryable->require_subcommand(1);
  const auto wishes = std::make_shared<Wishes>();

  auto* const listing = queryable->add_subcommand("list", "List the properties of items and their indexes.");
  listing->add_flag("--json", wishes->as_json, "As JSON");
  listing->callback([&command, wishes] {
    command.run = [&command, wishes] { return list(command.database_url, wishes->as_json); };
  });

  auto* const adding = queryable->add_subcommand(
      "add", "Say of what type a property is, so that its values are compared as such.");
  adding->add_option("NAME", wishes->name, "The property, e.g. eo:cloud_cover")->required();
  adding->add_option("--type", wishes->type, "Its type; that of the STAC extension unless given")
      ->check(CLI::IsMember(
          {"any", "text", "number", "integer", "boolean", "timestamp", "date", "array", "object"}));
  adding->add_option("--title", wishes->title, "What people read");
  adding->add_flag(
      "--index", wishes->index,
      "Build an index for it, so that sorting by it stays fast; items are read and written meanwhile");
  adding->callback([&command, wishes] {
    command.run = [&command, wishes] { return add(command.database_url, *wishes); };
  });

  auto* const removing =
      queryable->add_subcommand("remove", "Take back what was said of a property, and drop its indexes.");
  removing->add_option("NAME", wishes->name, "The property")->required();
  removing->callback([&command, wishes] {
    command.run = [&command, wishes] { return remove(command.database_url, *wishes); };
  });
}

}  // namespace hayden::admin
