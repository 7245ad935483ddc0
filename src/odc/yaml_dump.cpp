#include <algorithm>
#include <cctype>

#include "odc/yaml.hpp"

namespace hayden::odc {
namespace {

constexpr std::size_t indent_step = 2;
/// A key on one line with its value must be shorter than 1024 characters.
constexpr std::size_t longest_plain_key = 1000;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words that some loader takes for a boolean or null.
bool is_reserved(const std::string& text) {
  static constexpr std::string_view words[] = {"y",    "n",     "yes",  "no",  "on", "off",
                                               "true", "false", "null", "nan", "inf"};
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(words, lower) != std::end(words);
}

/// Whether text means itself without quotes: it begins like a word, so it is no number or date, and holds
/// nothing that YAML has a use for.
bool is_plain(const std::string& text) {
  if (text.empty() || !(is_alpha(text.front()) || text.front() == '_' || text.front() == '/')) return false;
  if (text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string::npos) return false;
  const auto is_harmless = [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("_-./+:@ (),=%;").find(c) != std::string_view::npos;
  };
  return std::ranges::all_of(text, is_harmless) && !is_reserved(text);
}

void append_escape(std::string& out, unsigned code_point) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4) out += digits[(code_point >> (shift - 4U)) & 15U];
}

/// The code point of a character of two or three bytes; 0 for others.
unsigned code_point_at(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() >= 2 && (byte(0) & 0xe0U) == 0xc0U) return (byte(0) & 0x1fU) << 6U | (byte(1) & 0x3fU);
  if (text.size() >= 3 && (byte(0) & 0xf0U) == 0xe0U) {
    return (byte(0) & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU);
  }
  return 0;
}

/// Characters beyond ASCII that loaders refuse or take for the end of a line.
bool needs_escape(unsigned code_point) {
  return (code_point >= 0x80 && code_point <= 0xa0) || code_point == 0x2028 || code_point == 0x2029 ||
         code_point == 0xfeff || code_point == 0xfffe || code_point == 0xffff;
}

std::string quoted(const std::string& text) {
  const std::string json = dump_json(Json(text));
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    constexpr char del = 0x7f;
    const unsigned code_point = code_point_at(std::string_view(json).substr(i));
    if (json[i] == del) {
      append_escape(out, del);
    } else if (needs_escape(code_point)) {
      append_escape(out, code_point);
      i += code_point < 0x800 ? 1 : 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string number(const Json& value) {
  std::string text = dump_json(value);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string text_of(const std::string& value) { return is_plain(value) ? value : quoted(value); }

bool holds_numbers_only(const Json& list) {
  return std::ranges::all_of(list, [](const Json& each) {
    return each.is_number() || (each.is_array() && !each.empty() && holds_numbers_only(each));
  });
}

std::string flow(const Json& list) {
  std::string out = "[";
  for (const auto& each : list) {
    if (out.size() > 1) out += ", ";
    out += each.is_array() ? flow(each) : number(each);
  }
  return out + "]";
}

/// What stands on one line; empty for collections that need several.
std::string one_line(const Json& value) {
  if (value.is_string()) return text_of(value.get<std::string>());
  if (value.is_object()) return value.empty() ? "{}" : "";
  if (value.is_array()) return value.empty() ? "[]" : holds_numbers_only(value) ? flow(value) : "";
  return value.is_number() ? number(value) : dump_json(value);
}

class Writer {
 public:
  void write(const Json& value, std::size_t indent) {
    if (const std::string line = one_line(value); !line.empty()) {
      start_line(indent);
      out_ += line + '\n';
    } else if (value.is_array()) {
      write_list(value, indent);
    } else {
      write_mapping(value, indent);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  /// The first line of a collection in a list goes on after the hyphen.
  void start_line(std::size_t indent) {
    if (!goes_on_) out_.append(indent, ' ');
    goes_on_ = false;
  }

  void write_list(const Json& list, std::size_t indent) {
    for (const auto& each : list) {
      start_line(indent);
      out_ += "- ";
      goes_on_ = true;
      write(each, indent + indent_step);
    }
  }

  void write_mapping(const Json& mapping, std::size_t indent) {
    for (const auto& [key, value] : mapping.items()) {
      start_line(indent);
      const std::string name = text_of(key);
      if (name.size() > longest_plain_key) {
        out_ += "? " + name + '\n';
        start_line(indent);
        out_ += ':';
      } else {
        out_ += name + ':';
      }
      if (const std::string line = one_line(value); !line.empty()) {
        out_ += ' ' + line + '\n';
      } else {
        out_ += '\n';
        write(value, indent + indent_step);
      }
    }
  }

  std::string out_;
  bool goes_on_ = false;
};

}  // namespace

std::string dump_yaml(const Json& document) {
  Writer writer;
  writer.write(document, 0);
  return writer.take();
}

std::string dump_yaml(const std::vector<Json>& documents) {
  std::string out;
  for (const auto& document : documents) {
    if (documents.size() > 1) out += "---\n";
    out += dump_yaml(document);
  }
  return out;
}

}  // namespace hayden::odc
