#include "actors/paces.hpp"

namespace bqs {

namespace {

constexpr auto sweep_every = std::chrono::seconds{5};

const pace* find(const std::unordered_map<std::string, pace>& in,
                 const std::string& name) {
  auto i = in.find(name);
  return i == in.end() ? nullptr : &i->second;
}

} // namespace

time_point paces::table_free_at(const std::string& table) const {
  auto x = find(tables_, table);
  return x ? x->free_at() : time_point{};
}

time_point paces::project_free_at(const std::string& project) const {
  auto x = find(projects_, project);
  return x ? x->free_at() : time_point{};
}

bool paces::limits_table(const std::string& table, time_point now) const {
  auto x = find(tables_, table);
  return x && x->rate(now);
}

bool paces::limits_project(const std::string& project, time_point now) const {
  auto x = find(projects_, project);
  return x && x->rate(now);
}

void paces::start(const std::string& table, const std::string& project,
                  std::size_t bytes, time_point now) {
  sweep(now);
  tables_[table].start(bytes, now);
  projects_[project].start(bytes, now);
}

void paces::give_back(const std::string& table, const std::string& project,
                      std::size_t bytes, time_point since, time_point now) {
  tables_[table].give_back(bytes, since, now);
  projects_[project].give_back(bytes, since, now);
}

void paces::note(const std::string& table, const std::string& project,
                 const http::outcome& x, std::size_t bytes, time_point since,
                 time_point now) {
  using http::verdict;
  if (x.verdict == verdict::stored || x.verdict == verdict::partial) {
    tables_[table].taken(bytes, since, now);
    projects_[project].taken(bytes, since, now);
  } else if (x.cause == http::cause::throttled) {
    auto& whom = x.of_project ? projects_[project] : tables_[table];
    whom.refused(bytes, since, now);
  }
}

/// Forgets what is as good as new.
void paces::sweep(time_point now) {
  if (now - swept_ < sweep_every)
    return;
  swept_ = now;
  for (auto all : {&tables_, &projects_})
    std::erase_if(*all, [now](auto& x) { return x.second.idle(now); });
}

} // namespace bqs
