#include "console.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "terminal_progress.h"

namespace neurox::apps {
namespace {

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "-";
  if (value.is_number_float()) {
    const double x = value.get<double>();
    const double magnitude = std::abs(x);
    return magnitude != 0 && (magnitude < 1e-3 || magnitude >= 1e6) ? fmt::format("{:.3e}", x)
                                                                    : fmt::format("{:.4f}", x);
  }
  return value.dump();
}

/// Columns a terminal shows: code points, near enough for words and numbers.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string& stored_command_line() {
  static std::string line;  // set once by main before any command runs
  return line;
}

}  // namespace

Console::Console(const CommonOptions& options) : json_(options.json), quiet_(options.quiet) {
  const bool draw = !options.quiet && isatty(STDERR_FILENO) != 0;
  progress_ = draw ? std::make_unique<TerminalProgress>() : std::make_unique<Progress>();
}

Console::~Console() = default;

void Console::figure(const std::string& name, nlohmann::ordered_json value) {
  text_ += fmt::format("{:<28}{}\n", name, cell(value));
  object_[name] = std::move(value);
}

void Console::table(const std::string& name, const std::vector<std::string>& columns,
                    const std::vector<std::vector<nlohmann::ordered_json>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> numeric;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    widths.push_back(width(columns[c]));
    numeric.push_back(!rows.empty() && std::all_of(rows.begin(), rows.end(), [c](const auto& row) {
      return row[c].is_number() || row[c].is_null();
    }));
    for (const auto& row : rows) widths[c] = std::max(widths[c], width(cell(row[c])));
  }
  const auto line = [&](auto&& text_of) {
    std::string out;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string text = text_of(c);
      const std::string padding(widths[c] - width(text), ' ');
      out += (c == 0 ? "" : "  ") + (numeric[c] ? padding + text : text + padding);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text_ += out + "\n";
  };
  if (!text_.empty()) text_ += '\n';
  line([&](std::size_t c) { return columns[c]; });
  for (const auto& row : rows) line([&](std::size_t c) { return cell(row[c]); });
  auto& list = object_[name] = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    nlohmann::ordered_json entry;
    for (std::size_t c = 0; c < columns.size(); ++c) entry[columns[c]] = row[c];
    list.push_back(std::move(entry));
  }
}

void Console::note(const std::string& text) {
  text_ += text + "\n";
}

void Console::data(const std::string& name, nlohmann::ordered_json value) {
  object_[name] = std::move(value);
}

void Console::warn(const std::string& text) {
  if (!quiet_) spdlog::warn(text);
  object_["warnings"].push_back(text);
}

void Console::finish() {
  progress_.reset();  // clears its line before results appear
  progress_ = std::make_unique<Progress>();
  const std::string out = json_ ? object_.dump(1) + "\n" : text_;
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
}

nlohmann::ordered_json shown_number(double x) {
  return std::isfinite(x) ? nlohmann::ordered_json(x) : nlohmann::ordered_json();
}

const std::string& command_line() {
  return stored_command_line();
}

void remember_command_line(int argc, const char* const* argv) {
  constexpr std::array<std::string_view, 8> dropped{"--resume",  "--force", "--quiet", "-q",
                                                    "--verbose", "-v",      "--json",  "--"};
  std::string line = "neurox";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (std::find(dropped.begin(), dropped.end(), word) != dropped.end()) continue;
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$*?;&|<>()`") == std::string_view::npos;
    line += plain ? fmt::format(" {}", word) : fmt::format(" '{}'", word);
  }
  stored_command_line() = line;
}

}  // namespace neurox::apps
