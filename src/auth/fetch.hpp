#pragma once
#include <stdexcept>
#include <string>

namespace hayden::auth {

/// Nobody answered, or the answer is that there is none at the moment.
class Unreachable : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
};

/// The body behind an HTTP(S) URL: one GET of at most 5 seconds and 512 KiB; redirects are not followed.
/// Throws Unreachable, or std::runtime_error when there is an answer that cannot be used.
std::string fetch(const std::string& url);

/// What is wrong with a URL that trust is to rest upon, to follow its name in a sentence; empty when it is
/// fit. It has to be https; http only to this very machine.
std::string mistake_of_url(const std::string& url);

}  // namespace hayden::auth
