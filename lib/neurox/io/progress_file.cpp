#include "neurox/io/progress_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "neurox/io/output.h"

namespace neurox::io {
namespace {

constexpr int format_version = 1;

}  // namespace

std::filesystem::path progress_path(const std::filesystem::path& target) {
  return target.parent_path() / ("." + target.filename().string() + ".progress");
}

void write_progress(const std::filesystem::path& target, const ProgressFile& progress) {
  const std::filesystem::path path = progress_path(target), fresh = path.string() + ".new";
  const Tree head = {{"format", format_version},       {"fingerprint", progress.fingerprint},
                     {"total", progress.total},        {"rows", progress.rows},
                     {"stats", progress.stats.size()}, {"position", progress.position}};
  std::string bytes = head.dump(-1, ' ', false, Tree::error_handler_t::replace) + "\n";
  const std::size_t at = bytes.size(), size = progress.stats.size() * sizeof(double);
  bytes.resize(at + size);
  if (size > 0) std::memcpy(bytes.data() + at, progress.stats.data(), size);

  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw_write_error(target, errno);
  try {
    write_at(fd, bytes.data(), bytes.size(), 0, target);
    rename_when_complete(fd, fresh, path);
  } catch (...) {
    ::close(fd);
    ::unlink(fresh.c_str());
    throw;
  }
  ::close(fd);
}

std::optional<ProgressFile> read_progress(const std::filesystem::path& target) {
  std::ifstream in(progress_path(target), std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) return std::nullopt;
  const Tree head = Tree::parse(line, nullptr, false);
  if (head.is_discarded() || !head.is_object() || head.value("format", 0) != format_version)
    return std::nullopt;
  ProgressFile progress;
  progress.fingerprint = head.value("fingerprint", Tree::object());
  progress.total = head.value("total", std::int64_t{0});
  progress.rows = head.value("rows", std::int64_t{0});
  progress.position = head.value("position", Tree());
  progress.stats.resize(head.value("stats", std::size_t{0}));
  const auto size = static_cast<std::streamsize>(progress.stats.size() * sizeof(double));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!in.read(bytes.data(), size)) return std::nullopt;
  if (size > 0) std::memcpy(progress.stats.data(), bytes.data(), bytes.size());
  return progress;
}

void remove_progress(const std::filesystem::path& target) {
  const std::filesystem::path path = progress_path(target);
  ::unlink(path.c_str());
  ::unlink((path.string() + ".new").c_str());
}

std::string first_difference(const Tree& was, const Tree& now) {
  // As plain JSON, whose keys are sorted.
  const auto flat = [](const Tree& tree) {
    return nlohmann::json::parse(tree.dump(-1, ' ', false, Tree::error_handler_t::replace)).flatten();
  };
  const nlohmann::json a = flat(was), b = flat(now);
  const auto show = [](const nlohmann::json& values, const std::string& key) {
    return values.contains(key) ? values[key].dump() : std::string("not there");
  };
  for (const nlohmann::json* side : {&a, &b})
    for (const auto& [key, value] : side->items())
      if (!a.contains(key) || !b.contains(key) || a[key] != b[key])
        return key.substr(key.starts_with('/') ? 1 : 0) + " was " + show(a, key) + ", now " + show(b, key);
  return {};
}

}  // namespace neurox::io
