#include "neurox/core/word_vectors.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <vector>

#include "neurox/core/error.h"

namespace neurox {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (is_space(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    if (end > begin) out.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

template <class Number>
bool is_number(std::string_view text) {
  Number unused{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), unused);
  return error == std::errc{} && end == text.data() + text.size();
}

/// What the first lines say.
struct Beginning {
  std::int64_t words = -1, width = 0;  ///< words -1: no line says so; width 0: no vectors
};

Beginning beginning_of(std::string_view text) {
  const auto line = [&](std::size_t begin) {
    return without_end(text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin));
  };
  const std::string_view first = line(0);
  std::vector<std::string_view> fields = fields_of(first);
  if (fields.size() == 2 && is_number<std::int64_t>(fields[0]) && is_number<std::int64_t>(fields[1])) {
    Beginning out;
    std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), out.words);
    std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), out.width);
    return out.words > 0 && out.width > 0 && out.width < (1 << 20) ? out : Beginning{};
  }
  if (fields.size() < 3 || !std::all_of(fields.begin() + 1, fields.end(), is_number<float>)) return {};
  return {-1, static_cast<std::int64_t>(fields.size()) - 1};
}

}  // namespace

bool WordVectorsFile::is_one(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(std::size_t{1} << 16, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return beginning_of(start).width > 0;
}

WordVectorsFile::WordVectorsFile(const std::filesystem::path& path) : name_(path.string()), file_(path) {
  text_ = {reinterpret_cast<const char*>(file_.data()), file_.size()};
  const Beginning beginning = beginning_of(text_);
  width_ = beginning.width;
  announced_ = beginning.words;
  if (width_ == 0)
    throw input_error("{}: no word vectors: a line holds a word and its numbers, with spaces between", name_);
  if (announced_ >= 0) {
    at_ = std::min(text_.find('\n'), text_.size() - 1) + 1;
    ++line_;
  }
}

std::optional<WordVectorsFile::Line> WordVectorsFile::next() {
  while (at_ < text_.size()) {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = without_end(text_.substr(at_, end - at_));
    at_ = end + 1;
    ++line_;
    if (line.empty()) continue;
    std::size_t begin = line.size();
    std::int64_t fields = 0;
    for (; fields < width_ && begin > 0; ++fields) {
      while (begin > 0 && is_space(line[begin - 1])) --begin;
      while (begin > 0 && !is_space(line[begin - 1])) --begin;
    }
    const std::string_view word = without_end(line.substr(0, begin));
    if (word.empty())
      throw input_error("{}:{}: {} fields where a word and {} numbers are expected", name_, line_,
                        fields_of(line).size(), width_);
    ++words_;
    return Line{word, line.substr(begin), line_};
  }
  if (announced_ >= 0 && announced_ != words_)
    throw input_error("{}: {} words, but its first line says {}; is it cut off?", name_, words_, announced_);
  return std::nullopt;
}

void WordVectorsFile::read(const Line& line, float* out) const {
  const char *at = line.numbers.data(), *end = at + line.numbers.size();
  for (std::int64_t i = 0; i < width_; ++i) {
    while (at < end && is_space(*at)) ++at;
    if (at < end && *at == '+') ++at;
    const auto [after, error] = std::from_chars(at, end, out[i]);
    const bool whole = after == end || is_space(*after);
    // Denormal numbers are written too; they are zero here.
    if (error == std::errc::result_out_of_range && whole &&
        std::string_view(at, after).find("e-") != std::string_view::npos)
      out[i] = 0;
    else if (error != std::errc{} || !whole)
      throw input_error("{}:{}: '{}' is no number", name_, line.number,
                        std::string_view(at, static_cast<std::size_t>(std::find_if(at, end, is_space) - at)));
    at = after;
  }
}

}  // namespace neurox
