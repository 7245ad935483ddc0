// Reads requests as JSON, one per line, and prints the query that presigns each: for the comparison with
// another signer.
#include <exception>
#include <iostream>
#include <string>

#include "core/json.hpp"
#include "sign/sigv4.hpp"

int main() {
  using namespace hayden;
  try {
    sign::SigningKeys keys;
    for (std::string line; std::getline(std::cin, line);) {
      const auto asked = parse_json(line);
      const auto text = [&](const char* name) { return asked.at(name).get<std::string>(); };
      sign::PresignTerms terms;
      terms.method = text("method");
      terms.host = text("host");
      terms.region = text("region");
      terms.request_payer = asked.at("request_payer").get<bool>();
      terms.time = parse_rfc3339(text("time")).value();
      terms.lifetime = std::chrono::seconds{asked.at("lifetime").get<int>()};
      std::string query;
      sign::Presigner({text("access_key_id"), text("secret_access_key"), text("session_token")}, terms, keys)
          .append_query(query, sign::canonical_path(text("path")));
      std::cout << query << '\n';
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
