#include "stac/filter_reader.hpp"

#include "stac/cql2/encodings.hpp"
#include "stac/parameters.hpp"
#include "stac/query_extension.hpp"

namespace hayden::stac {

void FilterReader::crs(std::string_view crs) {
  constexpr std::string_view crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
  constexpr std::string_view secure_crs84 = "https://www.opengis.net/def/crs/OGC/1.3/CRS84";
  if (crs == crs84 || crs == secure_crs84) return;
  mistakes_.add("filter-crs", "must be http://www.opengis.net/def/crs/OGC/1.3/CRS84");
}

void FilterReader::language(std::string_view language) {
  language_ = language == "cql2-text"   ? Language::text
              : language == "cql2-json" ? Language::json
                                        : Language::unknown;
  if (language_ == Language::unknown) mistakes_.add("filter-lang", "must be 'cql2-text' or 'cql2-json'");
}

void FilterReader::filter(std::string_view text) {
  if (language_ == Language::unknown) return;
  if (language_ != Language::json) return check(cql2::parse_text(text, mistakes_));
  read_json("filter", text, mistakes_,
            [this](const Json& json) { check(cql2::parse_json_filter(json, mistakes_)); });
}

void FilterReader::filter(const Json& value) {
  if (value.is_string()) return filter(std::string_view{value.get_ref<const std::string&>()});
  if (language_ == Language::unknown) return;
  if (language_ == Language::text) {
    return mistakes_.add("filter-lang", "must be 'cql2-json' for a filter in JSON");
  }
  check(cql2::parse_json_filter(value, mistakes_));
}

void FilterReader::query(const Json& value) { restrict_to(parse_query(value, mistakes_)); }

void FilterReader::read(const Pairs& query) {
  if (const auto* value = given_value(query, "filter-crs")) crs(*value);
  if (const auto* value = given_value(query, "filter-lang")) language(*value);
  if (const auto* value = given_value(query, "filter")) filter(std::string_view{*value});
  if (const auto* value = given_value(query, "query")) {
    read_json("query", *value, mistakes_, [this](const Json& json) { this->query(json); });
  }
}

void FilterReader::check(std::optional<cql2::Expression> parsed) {
  if (!parsed) return;
  cql2::check_filter(*parsed, mistakes_);
  restrict_to(std::move(parsed));
}

void FilterReader::restrict_to(std::optional<cql2::Expression> condition) {
  if (!condition) return;
  if (filter_) {
    cql2::Call both{cql2::Operator::conjunction, {}};
    both.arguments.push_back(*std::move(filter_));
    both.arguments.push_back(*std::move(condition));
    filter_ = cql2::Expression{std::move(both), {}};
  } else {
    filter_ = std::move(condition);
  }
}

}  // namespace hayden::stac
