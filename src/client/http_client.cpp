#include "client/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace hayden::client {
namespace {

constexpr long connect_timeout_seconds = 10;
constexpr std::size_t most_bytes_of_a_service = std::size_t{1} << 20U;
constexpr long stall_seconds = 30;  // less than a byte a second for so long is given up

struct Transfer {
  HttpAnswer answer;
  std::size_t body_limit = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + size > transfer.body_limit) return 0;
  transfer.answer.body.append(bytes, size);
  return size;
}

std::size_t on_header(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
  auto& answer = static_cast<Transfer*>(user)->answer;
  const std::string_view line{bytes, size};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const auto name = lower(line.substr(0, colon));
  auto value = trimmed(line.substr(colon + 1));
  if (name == "etag") {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    answer.etag = value;
  } else if (name == "x-amz-bucket-region") {
    answer.region = value;
  } else if (name == "location") {
    answer.location = value;
  } else if (name == "retry-after") {
    std::from_chars(value.data(), value.data() + value.size(), answer.retry_after);
  }
  return size;
}

bool is_unreachable(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT || code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CONNECT_ERROR || code == CURLE_OPERATION_TIMEDOUT;
}

// libcurl wants its global state made once, before any thread uses it.
void initialise_curl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready) throw std::runtime_error("libcurl cannot be initialised");
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = curl_easy_init();
  Handle() = default;
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

HttpClient::HttpClient() { initialise_curl(); }
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

struct HttpClient::Call {
  const std::string& method;
  const std::string& url;
  const Pairs& headers;
  std::size_t body_limit = 0;
  std::chrono::milliseconds patience{0};  // for all of it; 0: as long as bytes come
};

HttpAnswer HttpClient::get(const std::string& url, const Pairs& headers, std::size_t body_limit) {
  return perform({"GET", url, headers, body_limit});
}

HttpAnswer HttpClient::ask(const std::string& method, const std::string& url, const Pairs& headers,
                           std::chrono::milliseconds patience) {
  return perform({method, url, headers, most_bytes_of_a_service, patience});
}

HttpAnswer HttpClient::perform(const Call& call) {
  auto handle = take();
  CURL* curl = handle->curl;
  Transfer transfer{{}, call.body_limit};

  curl_slist* list = nullptr;
  for (const auto& [name, value] : call.headers) {
    std::string line = name;
    line.append(": ").append(value);
    list = curl_slist_append(list, line.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> header_list(list, curl_slist_free_all);

  curl_easy_reset(curl);  // keeps the connection
  curl_easy_setopt(curl, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "hayden");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  if (call.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (call.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(call.patience.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  const bool part = std::any_of(call.headers.begin(), call.headers.end(),
                                [](const auto& header) { return header.first == "Range"; });
  if (!part) curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    transfer.answer.status = static_cast<int>(status);
  } else {
    transfer.answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    transfer.answer.too_large = code == CURLE_WRITE_ERROR;
    transfer.answer.unreachable = is_unreachable(code);
    transfer.answer.failure =
        transfer.answer.too_large ? "the answer is too large" : curl_easy_strerror(code);
  }
  give_back(std::move(handle));
  return std::move(transfer.answer);
}

}  // namespace hayden::client
