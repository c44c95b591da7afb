#pragma once

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "bench/words.hpp"

namespace bqs::bench {

// How a program that loads something speaks with `bench`.

/// Says that all is ready; returns when `bench` says so.
inline void wait_for_go() {
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
}

/// Tells the result; returns at the end of the input, so that until then the
/// process can be looked at.
inline void tell(const nlohmann::ordered_json& result) {
  std::cout << "result " << result.dump() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}

/// The `main` of such a program.
/// @param name for what is wrong.
inline int run_program(const char* name, int argc, char** argv,
                       void (*run)(const words&)) {
  try {
    run({argc, argv});
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}

} // namespace bqs::bench
