#include "crawl/s3_store.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <random>
#include <string_view>

#include "sign/s3_url.hpp"

namespace hayden::crawl {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_listing = std::size_t{16} * 1024 * 1024;
constexpr int attempts_beside = 5;      // the next run tries again
constexpr int attempts_to_connect = 3;  // a mistyped endpoint is told soon
constexpr int most_moves = 3;           // to other regions and hosts
constexpr auto first_pause = 200ms;
constexpr auto longest_pause = 20s;

// Full jitter: any time up to the ceiling, so that workers turned away together do not come back together.
std::chrono::milliseconds pause_before(int attempt, int retry_after) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const auto ceiling = std::min<std::chrono::milliseconds>(longest_pause, first_pause * (1 << attempt));
  const std::chrono::milliseconds jitter{std::uniform_int_distribution<long>(1, ceiling.count())(random)};
  return std::max<std::chrono::milliseconds>(
      jitter, std::min<std::chrono::milliseconds>(longest_pause, std::chrono::seconds{retry_after}));
}

void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, time, [] { return false; });
}

bool is_overloaded(const HttpAnswer& answer) {
  return answer.status == 503 || answer.status == 429 || answer.timed_out;
}

bool passes(const HttpAnswer& answer) {
  if (answer.too_large) return false;
  if (answer.status == 0 || answer.status >= 500 || answer.status == 429 || answer.status == 408) return true;
  return answer.status == 400 && read_s3_error(answer.body).code == "RequestTimeout";
}

}  // namespace

S3Store::S3Store(S3Options options) : options_(std::move(options)), throttle_(options_.concurrency) {
  region_ =
      options_.region.empty() ? sign::known_region(options_.bucket).value_or("us-east-1") : options_.region;
  if (!options_.endpoint_url.empty()) {
    std::string_view rest{options_.endpoint_url};
    const auto separator = rest.find("://");
    scheme_ = rest.substr(0, separator == std::string_view::npos ? 0 : separator);
    if (scheme_ == "http" || scheme_ == "https") rest.remove_prefix(separator + 3);
    while (rest.ends_with('/')) rest.remove_suffix(1);
    const std::string_view usual_port = scheme_ == "http" ? ":80" : ":443";
    if (rest.ends_with(usual_port)) rest.remove_suffix(usual_port.size());
    endpoint_host_ = rest;
    if ((scheme_ != "http" && scheme_ != "https") || endpoint_host_.empty() ||
        endpoint_host_.find_first_of("/?#@ ") != std::string::npos) {
      throw SourceError("The endpoint URL '" + options_.endpoint_url +
                        "' is not of the form http(s)://host[:port].");
    }
  }
  path_style_ = options_.addressing == Addressing::path ||
                (options_.addressing == Addressing::automatic &&
                 (!endpoint_host_.empty() || options_.bucket.find('.') != std::string::npos));
}

std::string S3Store::below_source(const std::string& key) const {
  return key.substr(options_.prefix.rfind('/') + 1);
}

std::string S3Store::region() const {
  const std::lock_guard lock(place_mutex_);
  return region_;
}

std::string S3Store::host(const std::string& region) const {
  std::string base = endpoint_host_;
  if (base.empty())
    base = "s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
  return path_style_ ? base : options_.bucket + "." + base;
}

S3Store::Place S3Store::place() const {
  const std::lock_guard lock(place_mutex_);
  return {region_, moved_to_.empty() ? host(region_) : moved_to_};
}

// A bucket elsewhere answers 301, 307 or 400 and says in which region it is, or at which host. Another thread
// may have followed it there since the question was asked.
bool S3Store::follow(const HttpAnswer& answer, const Place& asked) {
  if (answer.status != 301 && answer.status != 307 && answer.status != 400) return false;
  const auto named = answer.region.empty() ? read_s3_error(answer.body).region : answer.region;
  if (place() != asked) return true;
  const std::lock_guard lock(place_mutex_);
  if (!named.empty() && named != region_) {
    region_ = named;
    signer_ = nullptr;
    return true;
  }
  const auto scheme = scheme_ + "://";
  if (answer.status == 400 || !answer.location.starts_with(scheme)) return false;
  auto other = answer.location.substr(scheme.size());
  other = other.substr(0, other.find_first_of("/?#"));
  if (other.empty() || other.find('@') != std::string::npos) return false;
  if (other == (moved_to_.empty() ? host(region_) : moved_to_)) return false;
  moved_to_ = other;
  return true;
}

// Keys that end in a while are renewed by their provider.
std::shared_ptr<const sign::Signer> S3Store::signer() {
  if (!options_.credentials) return nullptr;
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  sign::Credentials credentials;
  try {
    credentials = options_.credentials->current(now);
  } catch (const sign::CredentialsError& error) {
    throw SourceError(error.what());
  }
  const std::lock_guard lock(place_mutex_);
  if (!signer_ || !(credentials == signed_with_)) {
    signed_with_ = credentials;
    signer_ = std::make_shared<const sign::Signer>(credentials, region_);
  }
  return signer_;
}

HttpAnswer S3Store::ask_once(const Question& question, const Place& place) {
  const auto signer = this->signer();
  sign::Request request;
  request.host = place.host;
  request.path = path_style_ ? "/" + options_.bucket : "";
  if (!question.key.empty() || request.path.empty()) request.path += "/" + question.key;
  request.query = question.query;
  if (options_.request_payer) request.headers.emplace_back("x-amz-request-payer", "requester");

  Pairs headers = request.headers;
  headers.insert(headers.end(), question.headers.begin(), question.headers.end());
  if (signer) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto signed_headers = signer->sign_headers(request, now);
    headers.insert(headers.end(), signed_headers.begin(), signed_headers.end());
  }
  auto url = scheme_ + "://" + request.host + sign::canonical_path(request.path);
  if (!question.query.empty()) url += "?" + sign::canonical_query(question.query);
  return client_.get(url, headers, question.body_limit);
}

HttpAnswer S3Store::ask_in_turn(const Question& question, const Place& place, const std::stop_token& stop) {
  if (!throttle_.enter(stop)) {
    HttpAnswer none;
    none.failure = "the crawl has been stopped";
    return none;
  }
  auto& counters = *options_.counters;
  const auto before =
      question.key.empty() ? counters.lists++ + counters.gets : counters.gets++ + counters.lists;
  const bool too_many = counters.most && before >= *counters.most;
  if (too_many || (counters.most_cost && counters.cost() > *counters.most_cost)) {
    --(question.key.empty() ? counters.lists : counters.gets);
    throttle_.leave();
    throw BudgetError(too_many
                          ? "As many requests as --max-requests allows have been made: run again to go on."
                          : "Another request would cost more than --max-cost allows: run again to go on.");
  }
  auto answer = ask_once(question, place);
  throttle_.leave();
  const bool good = answer.status == 200 || answer.status == 206;
  if (good && !question.whole(answer)) {
    answer.status = 0;
    answer.failure = "the answer is cut short or is not S3's";
  } else if (good) {
    throttle_.succeeded();
  }
  if (is_overloaded(answer)) {
    ++counters.throttled;
    throttle_.overloaded(Throttle::Clock::now());
  }
  return answer;
}

HttpAnswer S3Store::ask(const Question& question, const std::stop_token& stop) {
  int moves = 0;
  for (int attempt = 1;; ++attempt) {
    const auto asked = place();
    auto answer = ask_in_turn(question, asked, stop);
    if (answer.status != 0) has_answered_ = true;
    const bool elsewhere = moves < most_moves && follow(answer, asked);
    if (elsewhere) ++moves;
    if (!elsewhere && !passes(answer)) return answer;
    const int most = answer.unreachable && !has_answered_ ? attempts_to_connect : question.attempts;
    if (attempt >= most || stop.stop_requested()) return answer;
    ++options_.counters->repeated;
    if (!elsewhere) wait(pause_before(attempt, answer.retry_after), stop);
  }
}

S3Listing S3Store::list(const Pairs& query, const std::stop_token& stop) {
  std::optional<S3Listing> listing;
  Question question{"", query, {}, largest_listing, [&listing](const HttpAnswer& answer) {
                      listing = read_s3_listing(answer.body);
                      return listing.has_value();
                    }};
  const auto answer = ask(question, stop);
  if (answer.status != 200 || !listing) throw_source_error(answer, read_s3_error(answer.body));
  return std::move(*listing);
}

S3Listing S3Store::list_page(const std::string& prefix, const std::string& after, const std::string& token,
                             const std::stop_token& stop) {
  Pairs query{{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix}};
  if (!token.empty()) {
    query.emplace_back("continuation-token", token);
  } else if (!after.empty()) {
    query.emplace_back("start-after", after);
  }
  return list(query, stop);
}

S3Folders S3Store::list_folders(const std::string& prefix, const std::string& after,
                                const std::stop_token& stop) {
  auto listing = list({{"list-type", "2"},
                       {"encoding-type", "url"},
                       {"delimiter", "/"},
                       {"prefix", prefix},
                       {"start-after", after}},
                      stop);
  return {std::move(listing.folders), !listing.page.objects.empty() || !listing.page.unreadable.empty(),
          listing.truncated};
}

Blob S3Store::get(const std::string& key, const std::stop_token& stop) {
  const Question question{key, {}, {}, largest_object, [](const HttpAnswer&) { return true; }};
  auto answer = ask(question, stop);
  if (answer.status != 200) throw_get_error(key, answer);
  return {std::move(answer.body), std::move(answer.etag)};
}

std::string S3Store::get_part(const std::string& key, std::uint64_t offset, std::uint64_t length,
                              const std::stop_token& stop) {
  const Question question{
      key,
      {},
      {{"Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1)}},
      length,
      [](const HttpAnswer&) { return true; }};
  auto answer = ask(question, stop);
  if (answer.status == 416) return {};
  // A server without ranges gives all of it each time.
  if (answer.status == 200 && offset > 0) return {};
  if (answer.status != 200 && answer.status != 206) throw_get_error(key, answer);
  return std::move(answer.body);
}

std::string S3Store::get_beginning(const std::string& key, std::size_t most, const std::stop_token& stop) {
  const Question question{key,
                          {},
                          {{"Range", "bytes=0-" + std::to_string(most - 1)}},
                          largest_object,
                          [](const HttpAnswer&) { return true; },
                          attempts_beside};
  auto answer = ask(question, stop);
  if (answer.status == 416) return {};
  if (answer.status != 200 && answer.status != 206) throw_get_error(key, answer);
  answer.body.resize(std::min(answer.body.size(), most));
  return std::move(answer.body);
}

void S3Store::throw_get_error(const std::string& key, const HttpAnswer& answer) const {
  const auto error = read_s3_error(answer.body);
  if (answer.status == 404 && error.code != "NoSuchBucket")
    throw ObjectError(href(key) + " is no longer there.");
  if (error.code == "AccessDenied") throw ObjectError(href(key) + " may not be read (AccessDenied).");
  if (answer.status == 0 && !answer.unreachable)
    throw ObjectError(href(key) + " cannot be read: " + answer.failure + ".", !answer.too_large);
  if (answer.status >= 500 && answer.status != 503) {
    throw ObjectError(href(key) + " cannot be read: status " + std::to_string(answer.status) + ".", true);
  }
  throw_source_error(answer, error);
}

void S3Store::throw_source_error(const HttpAnswer& answer, const S3Error& error) const {
  const auto at = host(region());
  const auto bucket = "The bucket '" + options_.bucket + "'";
  if (answer.status == 0) throw SourceError(at + " cannot be read: " + answer.failure + ".", true);
  if (error.code == "NoSuchBucket") throw SourceError(bucket + " does not exist at " + at + ".");
  if (error.code == "InvalidAccessKeyId") throw SourceError("The access key is not known at " + at + ".");
  if (error.code == "SignatureDoesNotMatch") {
    throw SourceError("The secret access key does not belong to the access key, says " + at + ".");
  }
  if (error.code == "RequestTimeTooSkewed") {
    throw SourceError("The clock of this machine differs too much from that of " + at +
                      ": set it and run again.");
  }
  if (error.code == "ExpiredToken" || error.code == "InvalidToken" || error.code == "TokenRefreshRequired") {
    throw SourceError("The session token has expired or is not valid at " + at + ": get new credentials.");
  }
  if (answer.status == 403) {
    std::string hint = options_.credentials ? "these credentials" : "anonymous requests";
    hint += options_.request_payer ? "."
                                   : "; a bucket whose requester pays wants credentials and --request-payer.";
    throw SourceError(bucket + " refuses " + hint);
  }
  if (answer.status == 301 || answer.status == 307) {
    throw SourceError(bucket + " is not served by " + at +
                      (error.endpoint.empty() ? "" : " but by " + error.endpoint) +
                      ": give its --region or --endpoint-url.");
  }
  throw SourceError(at + " answers " + std::to_string(answer.status) +
                        (error.code.empty() ? "" : " " + error.code) +
                        (error.message.empty() ? "" : ": " + error.message) + ".",
                    passes(answer));
}

}  // namespace hayden::crawl
