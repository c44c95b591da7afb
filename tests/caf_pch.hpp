#pragma once

// What every actor suite needs, compiled once.
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include "actors/internal.hpp"
