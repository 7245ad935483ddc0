#include <algorithm>
#include <chrono>
#include <iostream>

#include "../token_text.hpp"
#include "auth/token.hpp"
#include "commands.hpp"
#include "db/access.hpp"

namespace hayden::admin {
namespace {

constexpr std::string_view role = "agdc_admin";  // of whoever may use the owner's login

struct Wishes {
  std::string role, name, note;
  std::string expires{auth::usual_expiry};
};

Instant now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

int create(const std::string& url, const Wishes& wishes) {
  Mistakes mistakes;
  const auto expires = auth::parse_expiry(wishes.expires, now(), "--expires", mistakes);
  mistakes.throw_if_any();
  db::Pool pool{{.url = url, .application = "hayden-admin"}};
  const auto token = auth::new_token();
  const auto made = db::create_token(pool, role,
                                     {.hash = auth::token_hash(token),
                                      .name = wishes.name,
                                      .role = wishes.role,
                                      .note = wishes.note,
                                      .expires = expires,
                                      .creator = "hayden-admin"});
  std::cout << token << '\n';
  std::cerr << "token " << made.id << " (" << made.name << ") has the role " << made.role << " and expires "
            << made.expires.value_or("never") << "; it is shown this once\n";
  return EXIT_SUCCESS;
}

std::string state_of(const db::Token& token) {
  if (token.revoked) return "revoked " + *token.revoked;
  if (!token.expires) return "never expires";
  const auto ends = parse_rfc3339(*token.expires);
  return (ends && *ends <= now() ? "expired " : "expires ") + *token.expires;
}

int list(const std::string& url, bool as_json) {
  db::Pool pool{{.url = url, .application = "hayden-admin"}};
  const auto tokens = db::list_tokens(pool, role);
  if (as_json) {
    auto all = Json::array();
    for (const auto& token : tokens) all.push_back(api::token_json(token));
    std::cout << all.dump(2) << '\n';
    return EXIT_SUCCESS;
  }
  for (const auto& token : tokens) {
    std::cout << token.id << "  " << token.name << "  " << token.role << "  " << state_of(token)
              << "  last used " << token.last_used.value_or("never");
    if (!token.note.empty()) std::cout << "  " << token.note;
    std::cout << '\n';
  }
  if (tokens.empty()) std::cerr << "there are no tokens\n";
  return EXIT_SUCCESS;
}

int revoke(const std::string& url, const std::vector<int>& ids) {
  db::Pool pool{{.url = url, .application = "hayden-admin"}};
  bool all_found = true;
  for (const int id : ids) {
    const bool found = db::revoke_token(pool, role, id);
    all_found = all_found && found;
    (found ? std::cout : std::cerr) << (found ? "revoked token " : "hayden-admin: there is no token ") << id
                                    << '\n';
  }
  return all_found ? EXIT_SUCCESS : exit_failed;
}

}  // namespace

void add_token_commands(CLI::App& app, Command& command) {
  auto* const token = app.add_subcommand("token", "Bearer tokens for the REST service.");
  token->require_subcommand(1);

  auto* const creating =
      token->add_subcommand("create", "Make a token. It is printed once and kept nowhere.");
  const auto wishes = std::make_shared<Wishes>();
  creating->add_option("--role", wishes->role, "What its holder may do")
      ->required()
      ->check(CLI::IsMember({"agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"}));
  creating->add_option("--name", wishes->name, "Who or what uses it; appears in logs")->type_name("TEXT");
  creating->add_option("--note", wishes->note, "Anything worth knowing")->type_name("TEXT");
  creating->add_option("--expires", wishes->expires, "A period (12h, 90d, 8w), a date, a date-time, or never")
      ->capture_default_str();
  creating->callback([&command, wishes] {
    command.run = [&command, wishes] { return create(command.database_url, *wishes); };
  });

  auto* const listing = token->add_subcommand("list", "List all tokens; none of them can be shown again.");
  const auto as_json = std::make_shared<bool>(false);
  listing->add_flag("--json", *as_json, "As a JSON array");
  listing->callback([&command, as_json] {
    command.run = [&command, as_json] { return list(command.database_url, *as_json); };
  });

  auto* const revoking = token->add_subcommand("revoke", "End tokens at once.");
  const auto ids = std::make_shared<std::vector<int>>();
  revoking->add_option("ID", *ids, "As in the list")->required();
  revoking->callback(
      [&command, ids] { command.run = [&command, ids] { return revoke(command.database_url, *ids); }; });
}

}  // namespace hayden::admin
